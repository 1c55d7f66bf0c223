using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>Gives an account back before its removal is done: with its roles, units and projects, without what was open before.</summary>
internal sealed class CancelRemoval(
    Db db,
    Policy policy,
    AttemptLimits limits,
    RemovalRows rows,
    EndedAccounts ended,
    GrantRows grants,
    Members members,
    ProjectTrash trash,
    Keyring keyring,
    ChangeLog changes,
    AuditLog audit)
{
    /// <summary>Does it by the link that the owner was sent.</summary>
    /// <exception cref="ProblemException"><c>removal.not_found</c>, <c>session.too_many_attempts</c>.</exception>
    public async Task RunByLinkAsync(Actor caller, string token, CancellationToken cancellationToken)
    {
        await using var attempt = await limits.BeginGuessAsync("account removal", caller.Address, cancellationToken);
        await using (var tx = await db.BeginAsync(cancellationToken))
        {
            if (SecretToken.HashOf(token) is not { } hash || await RemovalRows.FindByHashAsync(tx, hash, cancellationToken) is not { } row)
            {
                throw RightsProblems.Unknown();
            }

            await CancelAsync(tx, caller with { Id = row.Account, Kind = ActorKind.Account }, row, "by link", cancellationToken);
        }

        attempt.Succeeded();
    }

    /// <summary>Does it for who runs the server: what was asked for, and what waits.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>session.confirmation_needed</c>, <c>removal.not_found</c>.</exception>
    public async Task RunAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
        var row = await rows.FindOpenAsync(account, cancellationToken) ?? throw RightsProblems.Unknown();
        await using var tx = await db.BeginAsync(cancellationToken);
        await CancelAsync(tx, actor, row, null, cancellationToken);
    }

    private async Task CancelAsync(Tx tx, Actor by, RemovalRow row, string? detail, CancellationToken cancellationToken)
    {
        if (!await rows.CancelAsync(tx, row.Id, cancellationToken)
            || (row.State == "waiting" && !await ended.ReviveAsync(tx, row.Account, cancellationToken)))
        {
            throw RightsProblems.Unknown();
        }

        var plan = RemovalPlan.Of(row.Plan);
        foreach (var unit in plan.Units)
        {
            await members.AddAsync(tx, by, new UnitId(unit), row.Account, cancellationToken);
        }

        foreach (var held in plan.Grants)
        {
            var grant = new Grant(Subject.Of(row.Account), held.Role, new Scope(held.Kind, held.Place))
            {
                IsOwn = held.IsOwn,
                Condition = held.Condition,
                ExpiresAt = held.ExpiresAt,
            };
            await grants.TryAddAsync(tx, by, grant, cancellationToken);
        }

        foreach (var project in plan.Trashed)
        {
            await trash.TakeAsync(tx, by, new ProjectId(project), cancellationToken);
        }

        var id = row.Account.ToString();
        await changes.AppendAsync(
            tx, by, new Change("account.removal_cancel", null, "account", id, new { due = row.DueAt }, new { held = plan }), cancellationToken);
        await audit.AppendAsync(tx, by, new AuditEvent("account.removal_cancel", null, "account", id, detail), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        keyring.ForgetRemoval(row.Mark);
    }
}
