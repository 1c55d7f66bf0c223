using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>One thing that happened to a submission.</summary>
/// <param name="Action">One of the words of <see cref="SubmissionEvents"/>; <c>sent</c> for a version.</param>
/// <param name="Version">The version it brought; null for everything else.</param>
/// <param name="VersionId">The instance id of that version.</param>
/// <param name="Detail">
/// The new review state, the name of the file, the number of the version that was brought back; for who may read them, which confidential answers
/// changed, a place a line.
/// </param>
/// <param name="Notes">What the person remarked.</param>
internal sealed record SubmissionHistoryEntry(
    string Action, int? Version, string? VersionId, ActorId Actor, DateTimeOffset At, string? Detail, string? Notes);

/// <summary>Tells what happened to a submission: its versions, reviews, files and ways into and out of the trash.</summary>
internal sealed class ListSubmissionHistory(
    FindSubmissions find, SubmissionQueries submissions, SubmissionEvents events, ConfidentialSight sight)
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
        var remarks = happened.Where(one => one is { Version: not null, Action: SubmissionEvents.Sent }).ToLookup(one => one.Version, one => one.Body);
        var sent = versions.Select(version => new SubmissionHistoryEntry(
            SubmissionEvents.Sent,
            version.Version,
            version.InstanceId,
            version.SubmitterId,
            version.CreatedAt,
            remarks[version.Version].FirstOrDefault()?.Detail,
            remarks[version.Version].FirstOrDefault()?.Notes));
        var mayRead = happened.Any(IsOfConfidential) && await sight.MayReadAsync(actor, set, cancellationToken);
        var others = happened
            .Where(one => one.Version is null || IsOfConfidential(one))
            .Select(one => new SubmissionHistoryEntry(
                one.Action, null, null, one.Actor, one.At, IsOfConfidential(one) && !mayRead ? null : one.Body.Detail, one.Body.Notes));

        // Stable: of two things in one microsecond, the one that came later stays in front.
        return [.. others.Concat(sent).OrderByDescending(entry => entry.At)];
    }

    // That somebody gave some is told to everybody who sees the submission; which, to those who could read them.
    private static bool IsOfConfidential(SubmissionEvent happened) => happened.Action == SubmissionEvents.ConfidentialChanged;
}
