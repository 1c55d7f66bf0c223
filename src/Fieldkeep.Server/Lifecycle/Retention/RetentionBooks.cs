using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Writes into the ledger and the audit book which rules there were and what they did: numbers and counts.</summary>
internal sealed class RetentionBooks(ChangeLog changes, AuditLog audit)
{
    /// <summary>A rule was added.</summary>
    public Task AddedAsync(Tx tx, Actor actor, ProjectRef project, RetentionRule rule, CancellationToken cancellationToken) =>
        AppendAsync(tx, actor, project, new Change("retention.add", project, "project", project.Id.ToString(), null, Of(rule)), rule, cancellationToken);

    /// <summary>A rule was changed.</summary>
    public Task ChangedAsync(
        Tx tx, Actor actor, ProjectRef project, RetentionRule before, RetentionRule after, CancellationToken cancellationToken) =>
        AppendAsync(tx, actor, project, new Change("retention.change", project, "project", project.Id.ToString(), Of(before), Of(after)), after, cancellationToken);

    /// <summary>A rule was taken back.</summary>
    public Task EndedAsync(Tx tx, Actor actor, ProjectRef project, RetentionRule rule, CancellationToken cancellationToken) =>
        AppendAsync(tx, actor, project, new Change("retention.end", project, "project", project.Id.ToString(), Of(rule), new { rule = (long?)null }), rule, cancellationToken);

    /// <summary>A round of a rule came to its end.</summary>
    public async Task RanAsync(Tx tx, Actor actor, ProjectRef project, RetentionRun run, CancellationToken cancellationToken)
    {
        var after = new
        {
            run = run.Id,
            rule = run.RuleId,
            run.Kind,
            form = run.RuleForm?.Value,
            run.Days,
            run.Submissions,
            run.Answers,
            run.Files,
            run.Held,
            run.Encrypted,
            run.Failed,
        };
        await changes.AppendAsync(
            tx, actor, new Change("retention.run", project, "project", project.Id.ToString(), new { run = (long?)null }, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("retention.run", project.Id, "project", project.Id.ToString(), $"rule {run.RuleId}: {run.Submissions}"), cancellationToken);
    }

    private async Task AppendAsync(
        Tx tx, Actor actor, ProjectRef project, Change change, RetentionRule rule, CancellationToken cancellationToken)
    {
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(change.Action, project.Id, change.SubjectKind, change.SubjectId, $"rule {rule.Id}: {rule.Kind}, {rule.Days} days"), cancellationToken);
    }

    private static object Of(RetentionRule rule) => new
    {
        rule = rule.Id,
        rule.Kind,
        form = rule.FormId?.Value,
        rule.Days,
        rule.DaysBefore,
        rule.ActsFrom,
    };
}
