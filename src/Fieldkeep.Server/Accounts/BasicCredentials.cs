using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts;

/// <summary>Signs in a request by HTTP Basic; remembers for a minute that a password was right, so that phones do not pay for a hash each time.</summary>
/// <remarks>
/// What is remembered is keyed by HMAC of address, account and password: it helps no one who asks from elsewhere,
/// and a changed password or removed account ends it on the next request. For a day such a client is not held up when the
/// account is locked by guesses, those of a neighbour behind its own address neither. But then its answers tell which guess is
/// right: so what is refused there counts too, and stops the client as well before it is worth anything
/// (<see cref="LimitSets.OfMissed"/>).
/// </remarks>
internal sealed class BasicCredentials(
    Db db,
    KeptAccounts kept,
    WhileAway away,
    CheckPassword check,
    AttemptLimits limits,
    GuessesWhileAway guesses,
    AccessBook book,
    Keyring keyring,
    TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestKnown = TimeSpan.FromDays(1);

    private const string IsSame = """
        select exists (
            select from accounts.accounts
            where actor_id = @id and deleted_at is null and second_factor_since is null and credentials_version = @version)
        """;

    private readonly RememberedPasswords _remembered = new();

    /// <summary>Gives the account of an e-mail address and its password.</summary>
    /// <exception cref="ProblemException">
    /// <c>session.refused</c>, <c>session.too_many_attempts</c>, <c>session.limits_unavailable</c>, <c>session.busy</c>, <c>password.too_long</c>,
    /// <c>factor.basic_refused</c>.
    /// </exception>
    public async Task<Account> CheckAsync(
        Actor caller, string email, string password, CancellationToken cancellationToken)
    {
        var account = await EmailKey.OfAsync(db, email, cancellationToken);
        var key = KeyOf(caller.Address, account, password);
        try
        {
            return await CheckAsync(caller, email, password, account, key, cancellationToken);
        }
        catch (Exception outage) when (DatabaseFailure.IsOutage(outage) || outage is ProblemException { Code: AccountProblems.LimitsUnavailableCode })
        {
            // It was not compared. That a right one is let in meanwhile tells which it is: so they are counted here. One that was right before is no guess;
            // it is answered alike.
            RequireHeard(_remembered.Find(key) is null ? guesses.Count(account, caller.Address, key) : guesses.WaitOf(account, caller.Address, key));
            throw AccountProblems.LimitsUnavailable();
        }
    }

    private static void RequireHeard(TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            throw AccountProblems.TooManyAttempts(wait);
        }
    }

    private async Task<Account> CheckAsync(
        Actor caller, string email, string password, string account, string key, CancellationToken cancellationToken)
    {
        var now = clock.GetTimestamp();
        var known = await FindAsync(key, now, cancellationToken);
        if (known is not null)
        {
            limits.RequireFewMissed(account, caller.Address);
            // While the database is away a password that was right today is still the one, and no other is heard.
            if (known.IsByKept)
            {
                RequireHeard(guesses.WaitOf(account, caller.Address, key));
                return known.Account;
            }

            if (clock.GetElapsedTime(known.At, now) < Longest)
            {
                return known.Account;
            }
        }
        else if (await away.IsAwayAsync())
        {
            // No slower than the right one is answered.
            throw AccountProblems.LimitsUnavailable();
        }

        var client = caller with { Client = caller.Client with { IsBasic = true, IsKnown = known is not null } };
        try
        {
            return await HashAsync(client, email, password, key, cancellationToken);
        }
        catch (ProblemException problem) when (problem.Status == 429 && known is not null)
        {
            // Somebody else's guesses: this password is the one that was right and still is.
            return known.Account;
        }
        catch (ProblemException problem) when (problem.Status == 429)
        {
            limits.CountMissed(account, caller.Address);
            throw;
        }
    }

    private async Task<Remembered?> FindAsync(string key, long now, CancellationToken cancellationToken)
    {
        if (_remembered.Find(key) is not { } known)
        {
            return null;
        }

        var seen = new { id = known.Account.Id.Value, version = known.Account.CredentialsVersion };
        if (clock.GetElapsedTime(known.At, now) < LongestKnown)
        {
            var isByKept = false;
            var isSame = await away.AskAsync(() => db.GetAsync<bool>(IsSame, seen, cancellationToken), () => isByKept = IsKeptSame(known.Account));

            // In another life of the database, the number can be somebody else's: asking is what tells of it.
            if (isSame && known.Life == db.Life.Number)
            {
                return known with { IsByKept = isByKept };
            }
        }

        _remembered.Forget(key);
        return null;
    }

    private bool IsKeptSame(Account account) =>
        kept.People.Find($"{account.Id}").FirstOrDefault() is { HasFactor: false } known && known.CredentialsVersion == account.CredentialsVersion;

    private async Task<Account> HashAsync(
        Actor client, string email, string password, string key, CancellationToken cancellationToken)
    {
        var (now, life) = (clock.GetTimestamp(), db.Life.Number);
        CheckedAccount found;
        try
        {
            found = await check.RunAsync(client, email, password, cancellationToken);
        }
        catch (ProblemException problem) when (problem.Status == 401)
        {
            _remembered.Forget(key);
            throw;
        }

        if (found.HasSecondFactor)
        {
            throw FactorProblems.BasicRefused();
        }

        if (!client.Client.IsKnown)
        {
            book.Note(new AccessEvent(AccessKinds.SignIn, true, client) { Account = found.Account.Id, Way = "basic" });
        }

        _remembered.Keep(key, new Remembered(found.Account, now, life));
        return found.Account;
    }

    // The length keeps “ab” + “c” apart from “a” + “bc”.
    private string KeyOf(string? address, string account, string password) =>
        Convert.ToBase64String(keyring.SessionKey.Compute(
            "accounts.basic", $"{CallerNetwork.AddressOf(address)} {account.Length} {account}{password}"));
}
