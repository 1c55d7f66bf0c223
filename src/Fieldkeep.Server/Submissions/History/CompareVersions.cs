using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>What one version of a submission changed of the one before.</summary>
/// <param name="VersionId">The instance id of the later version.</param>
internal sealed record VersionChanges(string VersionId, IReadOnlyList<AnswerChange> Changes);

/// <summary>Compares each version of a submission with the one before. The reading stands in the audit book before anything leaves.</summary>
internal sealed class CompareVersions(
    FindSubmissions find, SubmissionQueries submissions, StoredXml stored, FormCatalogue catalogue, Db db, AuditLog audit)
    : IDisposable
{
    // A tree in memory takes some ten times its text: two trees of 8 MiB at once are 160 MB, and one caller at a time.
    private const int MostMebibytes = 16;

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Lists the changes, newest version first; nothing for a submission that was never edited.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>submission.damaged</c>, <c>submission.too_large_to_compare</c>.
    /// </exception>
    public async Task<IReadOnlyList<VersionChanges>> RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        if (set.Rows.HidesProvenance)
        {
            return [];
        }

        var versions = await submissions.ListVersionsAsync(row.Id, cancellationToken);
        if (versions.Sum(version => (long)version.Size) > MostMebibytes * 1024L * 1024)
        {
            throw SubmissionReadProblems.TooLargeToCompare(MostMebibytes);
        }

        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.compare", project.Id, "submission", row.InstanceId, null),
            cancellationToken);
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await CompareAsync(project, row, versions, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<IReadOnlyList<VersionChanges>> CompareAsync(
        ProjectRef project, SubmissionRow row, IReadOnlyList<SubmissionVersion> versions, CancellationToken cancellationToken)
    {
        var found = new List<VersionChanges>(versions.Count);
        InstanceTree? later = null;
        for (var at = 0; at < versions.Count && versions.Count > 1; at++)
        {
            var earlier = await OpenAsync(project, row, versions[at], cancellationToken);
            if (later is not null)
            {
                found.Add(new VersionChanges(versions[at - 1].InstanceId, AnswerChanges.Between(earlier, later)));
            }

            later = earlier;
        }

        return found;
    }

    private async Task<InstanceTree> OpenAsync(
        ProjectRef project, SubmissionRow row, SubmissionVersion version, CancellationToken cancellationToken)
    {
        var form = await catalogue.GetDefinitionAsync(version.FormVersionId, cancellationToken);
        var xml = await stored.GetAsync(project, row.Id, version.Version, row.InstanceId, cancellationToken);
        try
        {
            return InstanceTree.Read(xml, form.XForm);
        }
        catch (InstanceException)
        {
            throw SubmissionReadProblems.Damaged(row.InstanceId);
        }
    }
}
