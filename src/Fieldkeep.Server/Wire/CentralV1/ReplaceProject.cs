using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Does Central's deep update of a project: its details, its forms' states and who holds which role at each form, all or nothing.</summary>
internal sealed class ReplaceProject(
    Db db, Policy policy, GrantRows grants, FormQueries forms, FormCatalogue catalogue, UpdateProject update, ChangeForm change, AssignRole assign)
{
    // Ten thousand assignments.
    private const int MostBytes = 256 * 1024;

    /// <summary>Makes the project as it is wanted.</summary>
    /// <param name="read">Reads the body; called once the actor may change the project.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>body.missing</c>, <c>project.other_forms</c>, and whatever the steps refuse.
    /// </exception>
    public async Task<Project> RunAsync(
        Actor actor, ProjectRef project, Func<int, Task<ProjectPutV1>> read, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectUpdate, Scope.Of(project.Id), cancellationToken);
        var wanted = await read(MostBytes);
        if (string.IsNullOrWhiteSpace(wanted.Name))
        {
            throw CentralQuery.Missing("name");
        }

        var existing = await forms.ListAsync(project.Id, cancellationToken);
        var (states, roles) = await PlanAsync(project, wanted.Forms, existing, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var details = new ProjectChange(wanted.Name, wanted.Description ?? "", wanted.Archived ?? false);
        var updated = await update.JoinAsync(tx, actor, project.Id, details, cancellationToken);
        foreach (var (xmlFormId, state) in states)
        {
            await change.JoinStateAsync(tx, actor, project, xmlFormId, state, cancellationToken);
        }

        foreach (var role in roles)
        {
            await AssignAsync(tx, actor, role, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        catalogue.Forget();
        return updated;
    }

    private async Task<(List<(string XmlFormId, FormState State)> States, List<RoleChange> Roles)> PlanAsync(
        ProjectRef project, IReadOnlyList<FormPutV1?>? wanted, IReadOnlyList<Form> existing, CancellationToken cancellationToken)
    {
        var (states, roles) = (new List<(string, FormState)>(), new List<RoleChange>());
        if (wanted is null)
        {
            return (states, roles);
        }

        var held = Assignments.Of(await grants.ListAtFormsAsync(existing.Select(form => form.Id), cancellationToken), null)
            .ToLookup(one => one.Grant.Scope);
        foreach (var (form, put) in Pair(wanted, existing))
        {
            if (put.State is { } text && text != form.State)
            {
                states.Add((form.XmlFormId, FormStates.Parse(text)));
            }

            if (put.Assignments is { } assignments)
            {
                roles.AddRange(RolesOf(RolePlace.Of(project, form.Id), [.. held[Scope.Of(form.Id)]], assignments));
            }
        }

        return (states, roles);
    }

    private static List<(Form Form, FormPutV1 Put)> Pair(IReadOnlyList<FormPutV1?> wanted, IReadOnlyList<Form> existing)
    {
        var byId = existing.ToDictionary(form => form.XmlFormId, StringComparer.Ordinal);
        var pairs = new List<(Form Form, FormPutV1 Put)>();
        foreach (var put in wanted)
        {
            if (put?.XmlFormId is null || !byId.TryGetValue(put.XmlFormId, out var form))
            {
                throw CentralProblems.OtherForms();
            }

            if (pairs.Exists(pair => pair.Form.Id == form.Id))
            {
                throw CentralProblems.Unexpected("xmlFormId", $"“{form.XmlFormId}” is given twice.");
            }

            pairs.Add((form, put));
        }

        return pairs.Count == existing.Count ? pairs : throw CentralProblems.OtherForms();
    }

    // What is no longer wanted goes first, then what is new comes.
    private static IEnumerable<RoleChange> RolesOf(
        RolePlace place, IReadOnlyList<(ActorId Actor, Grant Grant)> held, IReadOnlyList<AssignmentPutV1?> assignments)
    {
        var wanted = assignments.Select(GrantOf).Distinct().ToList();
        return held.Where(one => !wanted.Contains((one.Actor, one.Grant.Role)))
            .Select(one => new RoleChange(place, one.Actor, one.Grant.Role, IsHeld: false))
            .Concat(wanted.Where(wish => !held.Any(one => (one.Actor, one.Grant.Role) == wish))
                .Select(one => new RoleChange(place, one.Actor, one.Role, IsHeld: true)));
    }

    private static (ActorId Actor, string Role) GrantOf(AssignmentPutV1? put)
    {
        var actor = put?.ActorId ?? throw CentralQuery.Missing("assignment actorId");
        var role = put.RoleId ?? throw CentralQuery.Missing("assignment roleId");
        return CentralRole.All.Any(known => known.Id == role)
            ? (new ActorId(actor), CentralRole.GrantOf(role.ToString()))
            : throw CentralProblems.NoSuchKey("roleId", role, "roles");
    }

    private async Task AssignAsync(Tx tx, Actor actor, RoleChange role, CancellationToken cancellationToken)
    {
        try
        {
            await assign.JoinAsync(tx, actor, role, cancellationToken);
        }
        catch (ProblemException problem) when (problem.Code == "actor.not_found")
        {
            throw CentralProblems.NoSuchKey("actorId", role.Person.Value, "actors");
        }
    }
}
