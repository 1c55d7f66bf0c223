using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
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
    Db db, Keyring keyring, KeptProjects projects, RewriteRows rows, RewriteSubmission rewrite, Replacements replacements, ReportRows reports)
{
    private const int AtOnce = 200;

    private static readonly Actor Itself = Actor.System(Door.Job);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Does one round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await ReplayAsync(cancellationToken);
            foreach (var row in await rows.ListUnfinishedAsync(cancellationToken))
            {
                if (await projects.FindAsync(row.ProjectId, cancellationToken) is { } project)
                {
                    await FinishAsync(project.Ref, row, cancellationToken);
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

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
            NoteAsync = (tx, id, count, token) => RewriteRows.AdvanceAsync(tx, row.Id, id, count, token),
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

        await EndAsync(project, row, plan, cancellationToken);
    }

    // A damaged one keeps no other from its end.
    private async Task OneAsync(ProjectRef project, RewriteRow row, SubmissionId id, Submissions.Purging.Rewriting how, CancellationToken cancellationToken)
    {
        try
        {
            await rewrite.RunAsync(Itself with { Id = row.ByActor }, project, id, how, cancellationToken);
        }
        catch (ProblemException damaged) when (damaged.Code == "submission.damaged")
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            await RewriteRows.AdvanceAsync(tx, row.Id, id, new RewrittenCount(0, 0, 0, 0, 1), cancellationToken);
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
