using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>A role that someone gets in a deployment.</summary>
/// <param name="Stage">The stage, for an approver; null for every other role.</param>
internal sealed record DeployedPerson(string Role, StageId? Stage, Subject Subject);

/// <summary>Says who collects, approves, manages and reads in a deployment: grants at it and at its stages.</summary>
internal sealed class DeployPeople(
    Db db,
    Policy policy,
    KnownActors known,
    GrantRows grants,
    ChangeDeployment deployments,
    DeploymentBooks books)
{
    private const string FindActor = "select kind, project_id, form_id from accounts.holders_view where id = @id";

    /// <summary>Lists who holds which role in it, stage by stage.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>deployment.not_found</c>.</exception>
    public async Task<IReadOnlyList<(GrantRow Grant, StageId? Stage)>> ListAsync(
        Actor actor, ProjectRef project, string xmlFormId, DeploymentId id, CancellationToken cancellationToken)
    {
        var deployment = await deployments.GetChangeableAsync(actor, project, xmlFormId, id, cancellationToken);
        var found = (await grants.ListAtAsync(Scope.Of(id), cancellationToken)).Select(grant => (grant, (StageId?)null)).ToList();
        foreach (var stage in deployment.Stages)
        {
            found.AddRange((await grants.ListAtAsync(Scope.Of(stage.Id), cancellationToken)).Select(grant => (grant, (StageId?)stage.Id)));
        }

        return found;
    }

    /// <summary>Gives someone a role in it, or takes it away; either acts on their next request. False when nothing changed.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>deployment.not_found</c>, <c>deployment.role_unfit</c>,
    /// <c>deployment.person_unknown</c>, <c>deployment.app_user_elsewhere</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<bool> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        DeploymentId id,
        DeployedPerson person,
        bool isHeld,
        CancellationToken cancellationToken)
    {
        var deployment = await deployments.GetChangeableAsync(actor, project, xmlFormId, id, cancellationToken);
        var scope = ScopeOf(deployment, person);
        // Whoever runs a deployment deploys its people, though they may less elsewhere; only who manages the form makes administrators.
        if (!await policy.HoldsAllOfAsync(actor, Permissions(person.Role), Scope.Of(deployment.Form), cancellationToken)
            && !(person.Role != RolePermissions.DeploymentAdmin && await policy.HasRightThereAsync(actor, Permission.DeploymentUpdate, Scope.Of(id), cancellationToken)))
        {
            throw AccessProblems.Denied();
        }

        if (RolePermissions.IsPowerful(person.Role))
        {
            policy.RequireConfirmed(actor);
        }

        await using var tx = await db.BeginAsync(cancellationToken);

        // All of the form: a phone that two people add to two of them at once must not come into both.
        var all = await DeploymentRows.LockOfFormAsync(tx, deployment.Form, cancellationToken);
        if (all.All(one => one.Id != id))
        {
            throw DeploymentProblems.NotFound();
        }

        if (isHeld)
        {
            await RequireFitAsync(tx, actor, project, deployment, all, person, cancellationToken);
        }

        var grant = new Grant(person.Subject, person.Role, scope);
        var hasChanged = isHeld
            ? await grants.AddAsync(tx, actor, grant, cancellationToken)
            : await grants.EndAsync(tx, actor, grant, cancellationToken);
        if (hasChanged)
        {
            var role = new
            {
                person.Role,
                stage = person.Stage?.Value,
                subject = ScopeNames.Of(person.Subject.Kind),
                id = person.Subject.Id,
            };
            await books.AppendAsync(
                tx,
                actor,
                project,
                isHeld ? "deployment.add_person" : "deployment.remove_person",
                id,
                isHeld ? null : role,
                isHeld ? role : null,
                $"{person.Role} {role.subject} {role.id}",
                cancellationToken);
            await tx.CommitAsync(cancellationToken);
            policy.Forget();
        }

        return hasChanged;
    }

    private static IReadOnlyCollection<Permission> Permissions(string role) => RolePermissions.Of(role);

    private static Scope ScopeOf(Deployment deployment, DeployedPerson person)
    {
        var scope = person.Stage is { } stage
            ? deployment.Stages.Any(one => one.Id == stage) ? Scope.Of(stage) : throw DeploymentProblems.NotFound()
            : Scope.Of(deployment.Id);
        return RolePermissions.FitsAt(person.Role, scope.Kind)
            && (person.Subject.Kind != SubjectKind.Everyone || person.Role is RolePermissions.Enumerator or RolePermissions.DeploymentViewer)
            ? scope
            : throw DeploymentProblems.RoleUnfit();
    }

    private async Task RequireFitAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        Deployment deployment,
        IReadOnlyList<Deployment> all,
        DeployedPerson person,
        CancellationToken cancellationToken)
    {
        switch (person.Subject.Kind)
        {
            case SubjectKind.Everyone:
                return;
            case SubjectKind.Unit:
                if (!await known.HasAsync(actor, person.Subject, Scope.Of(project.Id), cancellationToken))
                {
                    throw DeploymentProblems.PersonUnknown();
                }

                return;
        }

        var found = await tx.FindAsync<ActorRow>(FindActor, new { id = person.Subject.Id }, cancellationToken);
        var isHere = found?.Kind switch
        {
            "account" => await known.HasAsync(actor, person.Subject, Scope.Of(project.Id), cancellationToken),
            "app_user" => found.ProjectId == project.Id.Value,
            "public_link" => found.FormId == deployment.Form.Value,
            _ => false,
        };
        if (!isHere)
        {
            throw DeploymentProblems.PersonUnknown();
        }

        if (found is { Kind: not "account" })
        {
            await RequireOnlyOneAsync(all.Where(other => other.Id != deployment.Id), person, cancellationToken);
        }
    }

    private async Task RequireOnlyOneAsync(IEnumerable<Deployment> others, DeployedPerson person, CancellationToken cancellationToken)
    {
        if (person.Role != RolePermissions.Enumerator)
        {
            throw DeploymentProblems.RoleUnfit();
        }

        foreach (var other in others)
        {
            if ((await grants.ListAtAsync(Scope.Of(other.Id), cancellationToken)).Any(row => row.Grant.Subject == person.Subject))
            {
                throw DeploymentProblems.AppUserElsewhere(other.Name);
            }
        }
    }

    private sealed record ActorRow(string Kind, long? ProjectId, long? FormId);
}
