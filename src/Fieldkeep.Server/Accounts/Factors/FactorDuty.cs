using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Knows who must have a second factor and until when they may go without: administrators and operators always, everyone where a rule says so.</summary>
/// <remarks>The days of grace begin with the first request after the duty, so nobody who was away is locked out unasked.</remarks>
internal sealed class FactorDuty(Db db, KeptAccounts kept, WhileAway away, Policy policy, FactorRules rules, FactorGrace grace, TimeProvider clock)
{
    private const string Ask = """
        update accounts.accounts set factor_asked_at = coalesce(factor_asked_at, @now)
        where actor_id = @actor and deleted_at is null
        returning factor_asked_at
        """;
    private const string OfAccount = """
        select second_factor_since is not null as has_factor, factor_asked_at from accounts.accounts where actor_id = @actor
        """;

    /// <summary>Gives until when someone without a factor may go on without one; null for who needs none.</summary>
    /// <param name="askedAt">When they were first asked; null when they were not, which this notes.</param>
    public async ValueTask<DateTimeOffset?> DueAsync(
        ActorId account, bool hasFactor, DateTimeOffset? askedAt, CancellationToken cancellationToken)
    {
        if (hasFactor || !await IsBoundAsync(account, cancellationToken))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var asked = askedAt
            ?? await away.AskAsync(() => db.FindAsync<DateTimeOffset?>(Ask, new { actor = account.Value, now }, cancellationToken), () => null)
            ?? now;
        return asked + grace.Length;
    }

    /// <summary>Tells whether someone has no factor, must have one, and their days of grace are over.</summary>
    public async Task<bool> IsOverdueAsync(ActorId account, CancellationToken cancellationToken) =>
        await away.AskAsync(() => db.FindAsync<Asked>(OfAccount, new { actor = account.Value }, cancellationToken), () => FindKept(account)) is { } known
        && await DueAsync(account, known.HasFactor, known.FactorAskedAt, cancellationToken) is { } due
        && due <= clock.GetUtcNow();

    /// <summary>Tells whether someone must have a factor, whether they have one or not.</summary>
    public async ValueTask<bool> IsBoundAsync(ActorId account, CancellationToken cancellationToken) =>
        await rules.IsForAsync(Of(account), cancellationToken)
        || await policy.AdministersAsync(Of(account), cancellationToken);

    private Asked? FindKept(ActorId account) =>
        kept.People.Find($"{account}").FirstOrDefault() is { } known ? new Asked(known.HasFactor, known.FactorAskedAt) : null;

    private static Actor Of(ActorId account) => new(account, ActorKind.Account, "", Door.Job, null);

    private sealed record Asked(bool HasFactor, DateTimeOffset? FactorAskedAt);
}

/// <summary>How long someone who must have a second factor may go on without one.</summary>
internal sealed record FactorGrace(TimeSpan Length);
