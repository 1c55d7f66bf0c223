using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Counts what retention rules would touch if they acted now. Changes nothing.</summary>
internal sealed class PreviewRetention(
    Db db, Policy policy, FindRowLimits limits, FormQueries forms, OverdueByRule overdue, AuditLog audit, TimeProvider clock)
{
    /// <summary>Counts, in the order of the rules.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>retention.kind</c>, <c>retention.days</c>, <c>retention.too_many</c>, <c>form.not_found</c>.
    /// </exception>
    public async Task<IReadOnlyList<OverdueCount>> RunAsync(
        Actor actor, ProjectRef project, IReadOnlyList<WantedRule> rules, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(project.Id), cancellationToken);
        await limits.RequireAllAsync(actor, project.Id, cancellationToken);
        if (rules.Count > RetentionRows.Most)
        {
            throw RetentionProblems.TooMany(RetentionRows.Most);
        }

        var now = clock.GetUtcNow();
        var wanted = new List<Overdue>();
        foreach (var rule in rules)
        {
            var (kind, days) = (rule.CheckKind(), WantedRule.CheckDays(rule.Days));
            FormId? form = rule.XmlFormId is { } named
                ? await forms.FindIdAsync(project.Id, named, cancellationToken) ?? throw FormProblems.NotFound(named)
                : null;
            wanted.Add(await overdue.OfAsync(project.Id, kind, form, now.AddDays(-days), cancellationToken));
        }

        await audit.AppendAsync(
            db, actor, new AuditEvent("retention.preview", project.Id, "project", project.Id.ToString(), null), cancellationToken);
        var counts = new List<OverdueCount>();
        foreach (var one in wanted)
        {
            counts.Add(await OverdueRows.CountAsync(db, one, cancellationToken));
        }

        return counts;
    }
}
