using System.Collections.Concurrent;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts;

/// <summary>Signs in a request by HTTP Basic; remembers for a minute that a password was right, so that phones do not pay for a hash each time.</summary>
/// <remarks>
/// What is remembered is keyed by HMAC of address, e-mail and password: it helps no one who asks from elsewhere,
/// and a changed password or removed account ends it on the next request. For a day such a client is not held up when the
/// account is locked by guesses from elsewhere; guesses from its own address stop it too, or its answers would tell which
/// guess is right.
/// </remarks>
internal sealed class BasicCredentials(
    Db db, CheckPassword check, AttemptLimits limits, AccessBook book, Keyring keyring, TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestKnown = TimeSpan.FromDays(1);

    // About 300 bytes each.
    private const int MostRemembered = 10_000;

    private const string PasswordSince = """
        select password_changed_at from accounts.accounts
        where actor_id = @id and deleted_at is null and second_factor_since is null
        """;

    private readonly ConcurrentDictionary<string, Remembered> _remembered = new(StringComparer.Ordinal);

    /// <summary>Gives the account of an e-mail address and its password.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.busy</c>, <c>password.too_long</c>,
    /// <c>factor.basic_refused</c>.
    /// </exception>
    public async Task<Account> CheckAsync(
        Actor caller, string email, string password, CancellationToken cancellationToken)
    {
        var key = KeyOf(caller.Address, email, password);
        var now = clock.GetTimestamp();
        var isKnown = false;
        if (_remembered.TryGetValue(key, out var known))
        {
            limits.RequireOpen(await EmailKey.OfAsync(db, email, cancellationToken), caller.Address);
            if (clock.GetElapsedTime(known.At, now) < Longest
                && await IsCurrentAsync(known.Checked, cancellationToken))
            {
                return known.Checked.Account;
            }

            isKnown = clock.GetElapsedTime(known.At, now) < LongestKnown;
            _remembered.TryRemove(key, out _);
        }

        var client = caller with { Client = caller.Client with { IsBasic = true, IsKnown = isKnown } };
        var found = await check.RunAsync(client, email, password, cancellationToken);
        if (found.HasSecondFactor)
        {
            throw FactorProblems.BasicRefused();
        }

        if (!isKnown)
        {
            book.Note(new AccessEvent(AccessKinds.SignIn, true, client) { Account = found.Account.Id, Way = "basic" });
        }

        if (_remembered.Count >= MostRemembered)
        {
            _remembered.Clear();
        }

        _remembered[key] = new Remembered(found, now);
        return found.Account;
    }

    private async Task<bool> IsCurrentAsync(CheckedAccount known, CancellationToken cancellationToken) =>
        await db.FindAsync<DateTimeOffset?>(PasswordSince, new { id = known.Account.Id.Value }, cancellationToken)
            is { } since && since == known.PasswordChangedAt;

    // The lengths keep “ab” + “c” apart from “a” + “bc”.
    private string KeyOf(string? address, string email, string password) =>
        Convert.ToBase64String(keyring.SessionKey.Compute(
            "accounts.basic", $"{address?.Length} {email.Length} {address}{email}{password}"));

    private sealed record Remembered(CheckedAccount Checked, long At);
}
