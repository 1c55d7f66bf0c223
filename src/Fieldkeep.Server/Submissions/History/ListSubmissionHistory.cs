using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>One thing that happened to a submission.</summary>
/// <param name="Action">One of the words of <see cref="SubmissionEvents"/>; <c>sent</c> for a version.</param>
/// <param name="Version">The version it brought; null for everything else.</param>
/// <param name="VersionId">The instance id of that version.</param>
/// <param name="Detail">The new review state, the name of the file, or the number of the version that was brought back.</param>
/// <param name="Notes">What the person remarked.</param>
internal sealed record SubmissionHistoryEntry(
    string Action, int? Version, string? VersionId, ActorId Actor, DateTimeOffset At, string? Detail, string? Notes);

/// <summary>Tells what happened to a submission: its versions, reviews, files and ways into and out of the trash.</summary>
internal sealed class ListSubmissionHistory(FindSubmissions find, SubmissionQueries submissions, SubmissionEvents events)
{
    /// <summary>Lists the entries, newest first.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>.
    /// </exception>
    public async Task<IReadOnlyList<SubmissionHistoryEntry>> RunAsync(
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
        var happened = await events.ListAsync(project, row.Id, cancellationToken);
        var remarks = happened.Where(one => one.Version is not null).ToLookup(one => one.Version, one => one.Body);
        var sent = versions.Select(version => new SubmissionHistoryEntry(
            SubmissionEvents.Sent,
            version.Version,
            version.InstanceId,
            version.SubmitterId,
            version.CreatedAt,
            remarks[version.Version].FirstOrDefault()?.Detail,
            remarks[version.Version].FirstOrDefault()?.Notes));
        var others = happened
            .Where(one => one.Version is null)
            .Select(one => new SubmissionHistoryEntry(
                one.Action, null, null, one.Actor, one.At, one.Body.Detail, one.Body.Notes));

        // Stable: of two things in one microsecond, the one that came later stays in front.
        return [.. others.Concat(sent).OrderByDescending(entry => entry.At)];
    }
}
