using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Lets an administrator help someone who lost every factor: a day later they are taken off, unless the owner stops it.</summary>
internal sealed class FactorResets(
    Db db,
    Policy policy,
    AccountQueries accounts,
    AccountFactors factors,
    AttemptLimits limits,
    FactorNotices notices,
    WaitingResets waiting,
    MailOutbox outbox,
    FactorBook book,
    TimeProvider clock)
{
    /// <summary>How long the owner has to object.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromHours(24);

    private const string Insert = """
        insert into accounts.factor_resets (actor_id, asked_by, asked_at, due_at, cancel_hash)
        values (@actor, @by, @now, @due, @hash)
        on conflict (actor_id) where cancelled_at is null and done_at is null do nothing
        """;
    private const string EndLapsed = """
        update accounts.factor_resets set cancelled_at = @now
        where actor_id = @actor and cancelled_at is null and done_at is null and due_at <= @lapsed
        """;
    private const string CancelByLink = """
        update accounts.factor_resets set cancelled_at = @now
        where cancel_hash = @hash and cancelled_at is null and done_at is null
        returning actor_id
        """;

    /// <summary>Asks for the reset; gives when it takes effect.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>account.not_found</c>, <c>factor.none</c>, <c>factor.reset_waits</c>,
    /// <c>factor.owner_out_of_reach</c>.
    /// </exception>
    public async Task<DateTimeOffset> AskAsync(Actor actor, ActorId id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        var account = await accounts.FindAsync(id, cancellationToken) ?? throw AccountProblems.AccountUnknown();
        if (!(await factors.OfAsync(id, cancellationToken)).IsOn)
        {
            throw FactorProblems.NoneToRecover();
        }

        // The day is for the owner to object: they must learn of it.
        if (!outbox.ReachesPeople || !MailAddresses.CanReach(account.Email))
        {
            throw FactorProblems.OwnerOutOfReach();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var token = SecretToken.Create();
        var row = new { actor = account.Id.Value, by = actor.Id.Value, now, due = now + Delay, hash = SecretToken.HashOf(token) };
        await tx.ExecuteAsync(EndLapsed, new { row.actor, now, lapsed = now - WaitingResets.Lapse }, cancellationToken);
        if (await tx.ExecuteAsync(Insert, row, cancellationToken) == 0)
        {
            throw FactorProblems.ResetWaits();
        }

        await notices.ResetAskedAsync(tx, id, token, cancellationToken);
        await book.AppendAsync(tx, actor, id, "factor.reset_ask", null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return row.due;
    }

    /// <summary>Stops the reset that waits: for who may ask for one, and for its owner.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>factor.reset_not_found</c>.</exception>
    public async Task CancelAsync(Actor actor, ActorId account, CancellationToken cancellationToken)
    {
        if (!WhoAsks.IsSelf(actor, account))
        {
            await policy.RequireAsync(actor, Permission.AccountUpdate, Scope.Installation, cancellationToken);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (!await waiting.CancelAsync(tx, actor, account, null, cancellationToken))
        {
            throw FactorProblems.ResetUnknown();
        }

        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Stops the reset by the link that its owner was sent.</summary>
    /// <exception cref="ProblemException"><c>factor.reset_not_found</c>, <c>session.too_many_attempts</c>.</exception>
    public async Task CancelByLinkAsync(Actor caller, string token, CancellationToken cancellationToken)
    {
        await using var attempt = await limits.BeginGuessAsync("factor reset", caller.Address, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        if (SecretToken.HashOf(token) is not { } hash
            || await tx.FindAsync<long?>(CancelByLink, new { hash, now = clock.GetUtcNow() }, cancellationToken) is not { } id)
        {
            throw FactorProblems.ResetUnknown();
        }

        var owner = new ActorId(id);
        await book.AppendAsync(tx, caller with { Id = owner, Kind = ActorKind.Account }, owner, "factor.reset_cancel", "by link", cancellationToken);
        await tx.CommitAsync(cancellationToken);
        attempt.Succeeded();
    }
}
