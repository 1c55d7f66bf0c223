using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Lists the retention rules of a project, those that wait for their notice to be over too.</summary>
internal sealed class ListRetention(Policy policy, RetentionRows rules, FormCatalogue forms)
{
    /// <summary>Lists them, oldest first; whoever does not read every form learns of those for all forms.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<ListedRule>> RunAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectRead, Scope.Of(project), cancellationToken);
        var seesForms = await policy.HasAsync(actor, Permission.FormRead, Scope.Of(project), cancellationToken);
        var listed = new List<ListedRule>();
        foreach (var rule in (await rules.ListAsync(project, cancellationToken)).Where(rule => seesForms || rule.FormId is null))
        {
            listed.Add(new ListedRule(rule, rule.FormId is { } form ? await forms.FindNameAsync(project, form, cancellationToken) ?? "" : null));
        }

        return listed;
    }
}

/// <summary>A rule with the name of its form.</summary>
/// <param name="XmlFormId">The id that phones use; empty for a form in the trash, null for all forms.</param>
internal sealed record ListedRule(RetentionRule Rule, string? XmlFormId);
