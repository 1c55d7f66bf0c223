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
    AccountLetters letters,
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
            if (SecretToken.HashOf(token) is not { } hash || await rows.FindByHashAsync(tx, hash, cancellationToken) is not { } row)
            {
                throw RightsProblems.Unknown();
            }

            await CancelAsync(tx, caller with { Id = row.Account, Kind = ActorKind.Account }, row, "by link", isLate: false, cancellationToken);
        }

        attempt.Succeeded();
    }

    /// <summary>Does it for who runs the server: what was asked for, and what waits. Its owner is told by letter.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>session.confirmation_needed</c>, <c>removal.not_found</c>, <c>removal.second_needed</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        policy.RequireConfirmed(actor);
        if (WhoAsks.IsSelf(actor, account))
        {
            throw RightsProblems.SecondNeeded();
        }

        var row = await rows.FindOpenAsync(account, cancellationToken) ?? throw RightsProblems.Unknown();
        await using var tx = await db.BeginAsync(cancellationToken);
        await CancelAsync(tx, actor, row, null, isLate: false, cancellationToken);
    }

    /// <summary>Does it for the server: nobody agreed in time.</summary>
    /// <exception cref="ProblemException"><c>removal.not_found</c>.</exception>
    public async Task LapseAsync(Actor actor, RemovalRow row, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        await CancelAsync(tx, actor, row, "nobody agreed in time", isLate: false, cancellationToken);
    }

    /// <summary>Does it for the server: it was cancelled after this backup was made, which its owner knows and this database does not.</summary>
    /// <exception cref="ProblemException"><c>removal.not_found</c>.</exception>
    public async Task RepeatAsync(Actor actor, RemovalRow row, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        await CancelAsync(tx, actor, row, "cancelled after this backup", isLate: true, cancellationToken);
    }

    private async Task CancelAsync(Tx tx, Actor by, RemovalRow row, string? detail, bool isLate, CancellationToken cancellationToken)
    {
        var wasWaiting = row.State == "waiting";
        if (await rows.CancelAsync(tx, row.Id, isLate, cancellationToken) is not { } at
            || (wasWaiting && !await ended.ReviveAsync(tx, row.Account, cancellationToken)))
        {
            throw RightsProblems.Unknown();
        }

        var plan = RemovalPlan.Of(row.Plan);
        var left = await GiveBackAsync(tx, by, row.Account, plan, cancellationToken);
        if (wasWaiting)
        {
            await letters.AppendAsync(tx, row.Account, "removal_cancelled", [("left", left.Count.ToString())], cancellationToken);
        }

        var id = row.Account.ToString();
        await changes.AppendAsync(
            tx, by, new Change("account.removal_cancel", null, "account", id, new { due = row.DueAt }, new { held = plan, left }), cancellationToken);
        await audit.AppendAsync(tx, by, new AuditEvent("account.removal_cancel", null, "account", id, detail), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        if (wasWaiting)
        {
            keyring.NoteRemoval(new RemovalNote(row.Mark, row.DueAt ?? at, at, IsCancelled: true));
        }
    }

    // What is gone, or belongs to others now, stays away; gives it.
    private async Task<IReadOnlyList<object>> GiveBackAsync(Tx tx, Actor by, ActorId account, RemovalPlan plan, CancellationToken cancellationToken)
    {
        var left = new List<object>();
        foreach (var unit in plan.Units)
        {
            if (await PlannedPlaces.RootOfAsync(tx, Scope.Of(new UnitId(unit)), cancellationToken) is null)
            {
                left.Add(new { unit });
                continue;
            }

            await members.AddAsync(tx, by, new UnitId(unit), account, cancellationToken);
        }

        foreach (var held in plan.Grants)
        {
            if (!await PlannedPlaces.IsStillThereAsync(tx, held, cancellationToken))
            {
                left.Add(held);
                continue;
            }

            var grant = new Grant(Subject.Of(account), held.Role, new Scope(held.Kind, held.Place))
            {
                IsOwn = held.IsOwn,
                Condition = held.Condition,
                ExpiresAt = held.ExpiresAt,
            };
            await grants.TryAddAsync(tx, by, grant, cancellationToken);
        }

        foreach (var project in plan.Trashed)
        {
            if (!await trash.TakeAsync(tx, by, new ProjectId(project), cancellationToken))
            {
                left.Add(new { project });
            }
        }

        return left;
    }
}
