using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Lifecycle.Trash;

/// <summary>Deletes submissions in the trash for good, before their days are over.</summary>
internal sealed class PurgeTrashed(
    Db db, Policy policy, FindSubmissions find, HeldSubmissions submissions, PurgeSubmissions purge, ReportRows reports, TimeProvider clock)
{
    /// <summary>The most of one call.</summary>
    public const int Most = PurgeSubmissions.AtOnce;

    /// <summary>Deletes them, all or none of those that are named.</summary>
    /// <param name="instances">Their instance ids.</param>
    /// <param name="typed">How many they are, as the one who orders it typed it.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>form.not_found</c>, <c>submission.not_in_trash</c>,
    /// <c>lifecycle.too_many</c>, <c>lifecycle.confirm</c>, <c>lifecycle.reason</c>, <c>hold.active</c>.
    /// </exception>
    public async Task<ReportCounts> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, IReadOnlyList<string> instances, long? typed, string? reason, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        await find.RunAsync(actor, Permission.SubmissionDelete, project, xmlFormId, isDraft: false, cancellationToken);
        policy.RequireFresh(actor);
        var why = LifecycleProblems.CheckReason(reason);
        var wanted = LifecycleProblems.CheckChosen(instances, Most);
        LifecycleProblems.RequireTyped(typed, wanted.Count);
        var rows = (await submissions.ListAsync(actor, project, xmlFormId, wanted, cancellationToken)).Where(row => row.IsTrashed).ToList();
        if (wanted.FirstOrDefault(id => !rows.Exists(row => row.InstanceId == id)) is { } missing)
        {
            throw SubmissionReadProblems.NotInTrash(missing);
        }

        if (await Holds.ListStandingAsync(db, project.Id, [.. rows.Select(row => row.Id)], cancellationToken) is { Count: > 0 } holds)
        {
            throw HoldProblems.Active(holds);
        }

        var purged = await purge.RunReportedAsync(
            actor,
            project,
            [.. rows.Select(row => row.Id)],
            "trash",
            clock.GetUtcNow(),
            (tx, gone) => reports.JoinAsync(tx, actor, new NewReport(project, "purge", CountsOf(gone), why) { Subjects = wanted }, cancellationToken),
            cancellationToken);
        return CountsOf(purged);

        ReportCounts CountsOf(PurgedCount gone) => ReportCounts.Of(gone) with { Held = rows.Count - gone.Submissions };
    }
}
