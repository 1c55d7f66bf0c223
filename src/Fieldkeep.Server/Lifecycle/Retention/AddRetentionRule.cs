using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Adds a retention rule to a project: it acts after a notice, in which it can be taken back.</summary>
internal sealed class AddRetentionRule(
    Db db, Policy policy, FindRowLimits limits, FormQueries forms, RetentionBooks books, RetentionLetters letters, TimeProvider clock)
{
    /// <summary>Adds it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>retention.kind</c>, <c>retention.days</c>,
    /// <c>form.not_found</c>, <c>retention.same</c>, <c>retention.too_many</c>.
    /// </exception>
    public async Task<RetentionRule> RunAsync(Actor actor, ProjectRef project, WantedRule wanted, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        await limits.RequireAllAsync(actor, project.Id, cancellationToken);
        policy.RequireConfirmed(actor);
        var (kind, days) = (wanted.CheckKind(), WantedRule.CheckDays(wanted.Days));
        FormId? form = wanted.XmlFormId is { } named
            ? await forms.FindIdAsync(project.Id, named, cancellationToken) ?? throw FormProblems.NotFound(named)
            : null;
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        var standing = await RetentionRows.ListAloneAsync(tx, project.Id, cancellationToken);
        if (standing.Any(rule => rule.Kind == kind && rule.FormId == form))
        {
            throw RetentionProblems.Same();
        }

        if (standing.Count >= RetentionRows.Most)
        {
            throw RetentionProblems.TooMany(RetentionRows.Most);
        }

        var rule = await RetentionRows.InsertAsync(
            tx,
            new RetentionRule
            {
                ProjectId = project.Id,
                FormId = form,
                Kind = kind,
                Days = days,
                SetBy = actor.Id,
                SetAt = now,
                ActsFrom = RetentionRule.Second(now) + RetentionRule.Notice,
            },
            cancellationToken);
        await books.AddedAsync(tx, actor, project, rule, cancellationToken);
        await letters.SetAsync(tx, project, rule, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return rule;
    }
}
