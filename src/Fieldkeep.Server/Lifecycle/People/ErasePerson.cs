using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Lifecycle.People;

/// <summary>
/// Erases chosen submissions of a form for good, or takes chosen answers out of them: from every version, in the trash too. The keyring remembers
/// which, by id, before anything is done, so that a database restored from before is brought to the same end.
/// </summary>
internal sealed class ErasePerson(
    Db db,
    Policy policy,
    HeldSubmissions submissions,
    RewriteQuestions questions,
    RewriteRows rewrites,
    FinishRewrites finish,
    PurgeSubmissions purge,
    ReportRows reports,
    Keyring keyring,
    TimeProvider clock)
{
    /// <summary>The most of one call.</summary>
    public const int Most = PurgeSubmissions.AtOnce;

    /// <summary>Erases or masks them; gives what was done.</summary>
    /// <param name="paths">The questions to take out; null erases the submissions.</param>
    /// <param name="typed">How many submissions they are, typed by hand.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>form.not_found</c>, <c>submission.not_found</c>,
    /// <c>lifecycle.reason</c>, <c>lifecycle.confirm</c>, <c>lifecycle.none_chosen</c>, <c>lifecycle.too_many</c>, <c>rewrite.question</c>, <c>hold.active</c>,
    /// <c>lifecycle.ordered</c>.
    /// </exception>
    public async Task<ReportCounts> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        IReadOnlyList<string> instances,
        IReadOnlyList<string>? paths,
        long? typed,
        string? reason,
        CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        policy.RequireFresh(actor);
        var why = LifecycleProblems.CheckReason(reason);
        var wanted = LifecycleProblems.CheckChosen(instances, Most);
        LifecycleProblems.RequireTyped(typed, wanted.Count);
        var chosen = await submissions.ListAsync(actor, project, xmlFormId, wanted, cancellationToken);
        if (wanted.FirstOrDefault(id => chosen.All(one => one.InstanceId != id)) is { } missing)
        {
            throw Submissions.SubmissionProblems.NotFound(missing);
        }

        var ids = chosen.Select(one => one.Id).ToList();
        if (await Holds.ListStandingAsync(db, project.Id, ids, cancellationToken) is { Count: > 0 } holds)
        {
            throw HoldProblems.Active(holds);
        }

        return paths is null
            ? await EraseAsync(actor, project, ids, wanted, why)
            : await MaskAsync(actor, project, xmlFormId, ids, paths, wanted, why, cancellationToken);
    }

    // From the keyring's note on it is finished, whoever gives up waiting or dies.
    private async Task<ReportCounts> EraseAsync(
        Actor actor, ProjectRef project, List<SubmissionId> ids, IReadOnlyList<string> instances, string why)
    {
        keyring.NoteErased(project.Key, [.. ids.Select(id => id.Value)]);
        var purged = await LifecycleProblems.OnceNotedAsync(() => purge.RunReportedAsync(
            actor,
            project,
            ids,
            "erasure",
            null,
            (tx, gone) => reports.JoinAsync(
                tx, actor, new NewReport(project, "erase", CountsOf(gone), why) { Subjects = instances }, CancellationToken.None),
            CancellationToken.None));
        return CountsOf(purged);

        ReportCounts CountsOf(PurgedCount gone) => ReportCounts.Of(gone) with { Held = ids.Count - gone.Submissions };
    }

    private async Task<ReportCounts> MaskAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        List<SubmissionId> ids,
        IReadOnlyList<string> paths,
        IReadOnlyList<string> instances,
        string why,
        CancellationToken cancellationToken)
    {
        var methods = paths.Distinct(StringComparer.Ordinal).Select(path => new AnswerMethod(path, AnswerMethod.Drop, null)).ToList();
        var form = await questions.CheckAsync(project, xmlFormId, methods, cancellationToken);
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var plan = new RewritePlan(form.Value, "mask", now, methods, [.. ids.Select(one => one.Value)], NewestOnly: false);
        keyring.NoteRewrite(project.Key, id, plan.Write());
        var report = new NewReport(project, "mask", new ReportCounts { Submissions = ids.Count }, why) { Subjects = instances };
        return await LifecycleProblems.OnceNotedAsync(() => DoMaskAsync(actor, id, plan, report));
    }

    private async Task<ReportCounts> DoMaskAsync(Actor actor, Guid id, RewritePlan plan, NewReport report)
    {
        await using (var tx = await db.BeginAsync(CancellationToken.None))
        {
            await rewrites.InsertAsync(tx, actor, report.Project, id, plan, isReplay: false, CancellationToken.None);
            await reports.JoinAsync(tx, actor, report, CancellationToken.None);
            await tx.CommitAsync(CancellationToken.None);
        }

        await finish.RunOneAsync(id, CancellationToken.None);
        var done = await rewrites.FindAsync(id, CancellationToken.None);
        return new ReportCounts
        {
            Submissions = done?.Submissions ?? 0,
            Versions = done?.Versions ?? 0,
            Answers = done?.Answers ?? 0,
            Files = done?.Files ?? 0,
            Held = done?.LeftAlone ?? 0,
        };
    }
}
