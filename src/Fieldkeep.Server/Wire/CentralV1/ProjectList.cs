using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>How much of each project is asked for.</summary>
/// <param name="IsExtended">Counts.</param>
/// <param name="HasForms">The forms that the caller may see, and counts.</param>
/// <param name="HasDatasets">The entity lists, and counts.</param>
internal sealed record ProjectDetail(bool IsExtended, bool HasForms, bool HasDatasets);

/// <summary>Shows projects in Central's list, with as much of each as is asked for.</summary>
internal sealed class ProjectList(ProjectCounts counts, Policy policy, FormQueries forms, FormDetails details, FormKeys keys)
{
    /// <summary>Shows projects that the actor may see.</summary>
    public async Task<IReadOnlyList<ProjectV1>> ShowAsync(
        Actor actor, IReadOnlyList<Project> projects, ProjectDetail detail, CancellationToken cancellationToken)
    {
        var isCounted = detail is not { IsExtended: false, HasForms: false, HasDatasets: false };
        var counted = isCounted
            ? await counts.OfAsync(actor, [.. projects.Select(project => project.Id.Value)], cancellationToken)
            : null;
        var keyOf = await keys.ManagedOfAsync(projects.Select(project => project.Id.Value), cancellationToken);
        var shown = new List<ProjectV1>(projects.Count);
        foreach (var project in projects)
        {
            shown.Add((counted is null ? ProjectV1.Of(project) : ProjectV1.Of(project, counted(project.Id.Value))) with
            {
                KeyId = keyOf.TryGetValue(project.Id.Value, out var key) ? key : null,
                Verbs = await CentralVerbs.OfAsync(actor, Scope.Of(project.Id), policy, cancellationToken),
                FormList = detail.HasForms ? await ListFormsAsync(actor, project.Id, cancellationToken) : null,
                DatasetList = detail.HasDatasets ? [] : null,
            });
        }

        return shown;
    }

    // Who may not read forms sees those that can be filled in.
    private async Task<IReadOnlyList<FormV1>> ListFormsAsync(
        Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        if (!await policy.HasAsync(actor, Permission.FormList, Scope.Of(project), cancellationToken))
        {
            return [];
        }

        var all = await forms.ListAsync(project, cancellationToken);
        if (!await policy.HasAsync(actor, Permission.FormRead, Scope.Of(project), cancellationToken))
        {
            return [.. all.Where(form => form is { CurrentVersionId: not null, State: "open" }).Select(FormV1.Of)];
        }

        return await details.ShowAsync(actor, project, all, new CentralQuery(true), cancellationToken);
    }
}
