using System.Collections.Concurrent;
using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>
/// Does what orders to rewrite say, submission by submission, each with its place in one transaction: it may die anywhere and goes on there. Orders
/// that the keyring knows and a restored database does not are done again. A step of the background.
/// </summary>
internal sealed class FinishRewrites(
    Db db, Keyring keyring, KeptProjects projects, RewriteRows rows, RewriteSubmission rewrite, VersionAnswers before, Replacements replacements, ReportRows reports)
    : IDisposable
{
    private const int AtOnce = 200;

    private static readonly Actor Itself = Actor.System(Door.Job);

    private readonly SemaphoreSlim _one = new(1);

    // The orders that somebody is at, each with the task of who is. Others go on beside: whoever waits for one does not wait for an hour of another. That no submission is
    // rewritten twice does not go by this: each is asked for under its lock (Rewriting.IsDueAsync).
    private readonly ConcurrentDictionary<Guid, Task> _going = [];

    /// <summary>Does one round. An order that fails keeps no other from its end.</summary>
    /// <exception cref="AggregateException">Orders that failed, after all others were done.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        await _one.WaitAsync(cancellationToken);
        try
        {
            await ReplayAsync(cancellationToken);
            foreach (var row in await rows.ListUnfinishedAsync(cancellationToken))
            {
                try
                {
                    await AloneAsync(row.Id, now => FindAndFinishAsync(now, cancellationToken), cancellationToken);
                }
#pragma warning disable CA1031 // It is told to whoever runs the round, after the others had their turn.
                catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    failures.Add(problem);
                }
            }
        }
        finally
        {
            _one.Release();
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    /// <summary>Does one order, for somebody who waits for it.</summary>
    public Task RunOneAsync(Guid order, CancellationToken cancellationToken) => AloneAsync(
        order, row => row.FinishedAt is null ? FindAndFinishAsync(row, cancellationToken) : Task.CompletedTask, cancellationToken);

    // One at a time is at an order, and begins where the one before has come to.
    private async Task AloneAsync(Guid order, Func<RewriteRow, Task> act, CancellationToken cancellationToken)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (_going.GetOrAdd(order, mine.Task) is var other && other != mine.Task)
        {
            await other.WaitAsync(cancellationToken);
        }

        try
        {
            if (await rows.FindAsync(order, cancellationToken) is { } row)
            {
                await act(row);
            }
        }
        finally
        {
            _going.TryRemove(order, out _);
            mine.SetResult();
        }
    }

    private async Task FindAndFinishAsync(RewriteRow row, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(row.ProjectId, cancellationToken) is { } project)
        {
            await FinishAsync(project.Ref, row, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task ReplayAsync(CancellationToken cancellationToken)
    {
        var orders = keyring.RewriteOrders;
        if (orders.Count == 0)
        {
            return;
        }

        var known = await rows.KnownAsync([.. orders.Select(order => order.Id)], cancellationToken);
        var byKey = (await projects.ListAsync(cancellationToken)).ToDictionary(project => project.KeyId);
        foreach (var order in orders.Where(order => !known.Contains(order.Id)))
        {
            if (byKey.GetValueOrDefault(order.Project) is { } project && RewritePlan.Read(order.Plan) is { } plan)
            {
                await using var tx = await db.BeginAsync(cancellationToken);
                await rows.InsertAsync(tx, Itself, project.Ref, order.Id, plan, isReplay: true, cancellationToken);
                await tx.CommitAsync(cancellationToken);
            }
        }
    }

    private async Task FinishAsync(ProjectRef project, RewriteRow row, CancellationToken cancellationToken)
    {
        if (RewritePlan.Read(Encoding.UTF8.GetBytes(row.Plan)) is not { } plan)
        {
            return;
        }

        var how = new Submissions.Purging.Rewriting(plan.Kind)
        {
            AnswersAsync = (tx, form, whole, token) => replacements.OfAsync(tx, project, form, whole, plan.Questions, token),
            Paths = plan.Questions.Select(question => question.Path).ToHashSet(StringComparer.Ordinal),
            DropsRemarks = plan.Kind == "mask",
            IsOfNewestOnly = plan.NewestOnly,
            IsDueAsync = (tx, id, token) => RewriteRows.HasTurnAsync(tx, row.Id, id, token),
            NoteAsync = (tx, id, count, token) => rows.AdvanceAsync(tx, row.Id, id, count, isAgain: false, token),
        };
        for (var place = row.Place; ;)
        {
            var ids = await RewriteQueue.ListAsync(db, project.Id, new FormId(plan.Form), plan.Submissions, plan.Before, place, AtOnce, cancellationToken);
            if (ids.Count == 0)
            {
                break;
            }

            foreach (var id in ids)
            {
                await OneAsync(project, row, id, how, cancellationToken);
                place = id.Value;
            }
        }

        if (await TakeLeftAsync(project, row, plan, how, cancellationToken))
        {
            await EndAsync(project, row, plan, cancellationToken);
        }
    }

    // What was on hold when its turn came is done when the hold is lifted; until then the order has no end. What was stored after its turn, because it waited for
    // the database, is done as a whole. What was edited is masked as before, and what people wrote about it since stays.
    private async Task<bool> TakeLeftAsync(
        ProjectRef project, RewriteRow row, RewritePlan plan, Submissions.Purging.Rewriting how, CancellationToken cancellationToken)
    {
        var left = await rows.ListLeftAsync(row.Id, cancellationToken);
        var free = (await PurgedRows.ListFreeAsync(db, project.Id, [.. left.Select(one => one.SubmissionId.Value)], cancellationToken)).ToHashSet();
        foreach (var one in left.Where(one => free.Contains(one.SubmissionId)))
        {
            // Whatever kept it since, what was edited stays that: a pseudonym is not replaced once more.
            var again = one.IsWhole ? how : AgainOf(project, row, plan, one, how);
            again = again with
            {
                IsDueAsync = (tx, _, token) => RewriteRows.IsStillLeftAsync(tx, row.Id, one, token),
                NoteAsync = (tx, id, count, token) => rows.AdvanceAsync(tx, row.Id, id, count, isAgain: true, token),
            };
            await OneAsync(project, row, one.SubmissionId, again, cancellationToken);
        }

        return (await rows.ListLeftAsync(row.Id, cancellationToken)).All(one => one.Why == RewrittenCount.Failed);
    }

    // A mask empties what is there however often. A pseudonym would be made of a pseudonym: what the version before the edit says already stays.
    private Submissions.Purging.Rewriting AgainOf(
        ProjectRef project, RewriteRow row, RewritePlan plan, LeftRow left, Submissions.Purging.Rewriting how)
    {
        if (row.Kind == "mask" || left.Version is not > 1)
        {
            return how with { DropsRemarks = false };
        }

        return how with
        {
            IsOfNewestOnly = false,
            FirstVersion = left.Version.Value,
            AnswersAsync = async (tx, form, whole, token) =>
            {
                var known = await before.ReadAsync(tx, project, left.SubmissionId, left.Version.Value - 1, token);
                return await replacements.OfEditAsync(tx, project, form, whole, plan.Questions, known, token);
            },
        };
    }

    // One that is damaged, or that nobody thought of, keeps no other from its end: it is tried again in an hour. What was done nevertheless, by another server or by a commit
    // whose answer was lost, has not failed.
    private async Task OneAsync(ProjectRef project, RewriteRow row, SubmissionId id, Submissions.Purging.Rewriting how, CancellationToken cancellationToken)
    {
        try
        {
            await rewrite.RunAsync(Itself with { Id = row.ByActor }, project, id, how, cancellationToken);
        }
#pragma warning disable CA1031 // Nothing is hidden: it counts as left, and the database must answer for that to be written down.
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            if (how.NoteAsync is { } noteAsync && (how.IsDueAsync is null || await how.IsDueAsync(tx, id, cancellationToken)))
            {
                await noteAsync(tx, id, RewrittenCount.LeftFor(RewrittenCount.Failed), cancellationToken);
            }

            await tx.CommitAsync(cancellationToken);
        }
    }

    private async Task EndAsync(ProjectRef project, RewriteRow row, RewritePlan plan, CancellationToken cancellationToken)
    {
        var done = await rows.FindAsync(row.Id, cancellationToken) ?? row;
        await using var tx = await db.BeginAsync(cancellationToken);
        if (await rows.FinishAsync(tx, row.Id, cancellationToken))
        {
            var counts = new ReportCounts
            {
                Submissions = done.Submissions,
                Versions = done.Versions,
                Answers = done.Answers,
                Files = done.Files,
                Held = done.LeftAlone,
            };
            await reports.JoinAsync(
                tx,
                Itself with { Id = row.ByActor },
                new NewReport(project, plan.Kind, counts, null) { Subjects = plan.Submissions?.Select(id => id.ToString()).ToList() },
                cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }
}
