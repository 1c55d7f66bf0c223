using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>Orders that answers of all submissions of a form are replaced in place. Nothing brings the old ones back.</summary>
internal sealed class Pseudonymise(
    Db db, Policy policy, FindSubmissions find, RewriteQuestions questions, RewriteRows rows, Keyring keyring, DueSignal signal, TimeProvider clock)
{
    /// <summary>Orders it; gives the order, which goes on in the background.</summary>
    /// <param name="typed">How many submissions it touches, typed by hand.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>form.not_found</c>, <c>rewrite.question</c>,
    /// <c>rewrite.method</c>, <c>lifecycle.confirm</c>, <c>lifecycle.too_many</c>, <c>hold.active</c>, <c>lifecycle.ordered</c>.
    /// </exception>
    public async Task<RewriteRow> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        IReadOnlyList<AnswerMethod> methods,
        bool newestOnly,
        long? typed,
        CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        policy.RequireFresh(actor);
        LifecycleProblems.RequireWholeSight(
            (await find.RunAsync(actor, Permission.SubmissionRead, project, xmlFormId, isDraft: false, cancellationToken)).Rows);
        var form = await questions.CheckAsync(project, xmlFormId, methods, cancellationToken);
        var now = clock.GetUtcNow();
        LifecycleProblems.RequireTyped(typed, await RewriteQueue.CountAsync(db, project.Id, form, now, cancellationToken));
        if (await Holds.ListStandingAsync(db, project.Id, null, cancellationToken) is { Count: > 0 } holds)
        {
            throw HoldProblems.Active(holds);
        }

        var id = Guid.CreateVersion7(now);
        var plan = new RewritePlan(form.Value, "pseudonymise", now, [.. methods.Select(method => method.Check())], null, newestOnly);
        keyring.NoteRewrite(project.Key, id, plan.Write());
        return await LifecycleProblems.OnceNotedAsync(() => InsertAsync(actor, project, id, plan));
    }

    private async Task<RewriteRow> InsertAsync(Actor actor, ProjectRef project, Guid id, RewritePlan plan)
    {
        await using (var tx = await db.BeginAsync(CancellationToken.None))
        {
            await rows.InsertAsync(tx, actor, project, id, plan, isReplay: false, CancellationToken.None);
            await tx.CommitAsync(CancellationToken.None);
        }

        signal.Wake();
        return await rows.FindAsync(id, CancellationToken.None) ?? throw new InvalidOperationException("The order was just written.");
    }
}
