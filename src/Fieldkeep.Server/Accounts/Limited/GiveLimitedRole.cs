using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts.Limited;

/// <summary>
/// Gives a person, a unit's people or everyone a role for some submissions of a form. Nobody gives what they may not do with all of them
/// themselves.
/// </summary>
internal sealed class GiveLimitedRole(
    Db db, Policy policy, KnownActors known, GrantRows grants, ListLimitedRoles list, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string LockAccount = """
        select id from accounts.actors where id = @id and kind = 'account' and deleted_at is null for share
        """;

    /// <summary>Gives the role; the caller has seen that the condition is one of this form.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>role.unfit</c>, <c>role.unlimited</c>, <c>role.held</c>, <c>actor.not_found</c>,
    /// <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task<LimitedRole> RunAsync(
        Actor actor, ProjectRef project, FormId form, Subject subject, string role, RoleLimit limit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.ProjectAssign, Scope.Of(project.Id), cancellationToken);
        if (limit.IsOwn == limit.Condition is not null)
        {
            throw LimitedRoleProblems.Unlimited();
        }

        if (limit.ExpiresAt is { } end && end <= clock.GetUtcNow())
        {
            throw LimitedRoleProblems.Over();
        }

        if (role is not (RolePermissions.Manager or RolePermissions.Viewer)
            || (subject.Kind == SubjectKind.Everyone && role != RolePermissions.Viewer))
        {
            throw LimitedRoleProblems.Unfit(role);
        }

        if (!await policy.HoldsAllOfAsync(
            actor, RolePermissions.Of(role).Where(RolePermissions.IsOfRows), Scope.Of(project.Id), cancellationToken))
        {
            throw AccessProblems.Denied();
        }

        if (RolePermissions.IsPowerful(role))
        {
            policy.RequireConfirmed(actor);
        }

        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            await RequireThereAsync(tx, actor, project, subject, cancellationToken);
            var grant = new Grant(subject, role, Scope.Of(form)) { IsOwn = limit.IsOwn, Condition = limit.Condition, ExpiresAt = limit.ExpiresAt };
            var given = await grants.GiveAsync(tx, actor, grant, cancellationToken);
            if (!given.IsAdded)
            {
                throw LimitedRoleProblems.Held();
            }

            var after = new { role, subject = subject.Kind, form = form.Value, limit.IsOwn, limit.Condition, limit.ExpiresAt };
            var before = given.Replaced is { } replaced
                ? new { role, subject = subject.Kind, form = form.Value, limit.IsOwn, limit.Condition, replaced.ExpiresAt }
                : null;
            await changes.AppendAsync(
                tx, actor, new Change("role.assign_limited", project, ScopeNames.Of(subject.Kind), $"{subject.Id}", before, after), cancellationToken);
            await audit.AppendAsync(
                tx,
                actor,
                new AuditEvent("role.assign_limited", project.Id, ScopeNames.Of(subject.Kind), $"{subject.Id}", DetailOf(role, form, limit)),
                cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }

        policy.Forget();
        return (await list.RunAsync(actor, project, form, cancellationToken)).First(one =>
            one.Subject == subject && one.Role == role && one.Limit.IsOwn == limit.IsOwn && one.Limit.Condition == limit.Condition);
    }

    /// <summary>Says in the audit book which role it is.</summary>
    internal static string DetailOf(string role, FormId form, RoleLimit limit) =>
        $"{role} at form {form}, {(limit.Condition is { } condition ? $"row condition {condition}" : "own submissions")}";

    // A person or a unit of another organisation is none here.
    private async Task RequireThereAsync(Tx tx, Actor actor, ProjectRef project, Subject subject, CancellationToken cancellationToken)
    {
        var isThere = subject.Kind != SubjectKind.Actor
            || await tx.FindAsync<long?>(LockAccount, new { id = subject.Id }, cancellationToken) is not null;
        if (!isThere || !await known.HasAsync(actor, subject, Scope.Of(project.Id), cancellationToken))
        {
            throw AccountProblems.ActorUnknown();
        }
    }
}
