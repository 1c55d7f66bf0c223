using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts;

/// <summary>Hashes and checks passwords: PBKDF2-HMAC-SHA256, then HMAC with the keyring's pepper, so that a stolen database alone cannot be guessed against.</summary>
/// <remarks>
/// Stored as <c>fk1$pbkdf2-sha256$600000$salt$mac</c>, salt and mac in Base64. Django's
/// <c>pbkdf2_sha256$iterations$salt$hash</c> is accepted when checking and replaced at the next sign-in.
/// One hash costs 136 ms of a core, so at most one runs per core (one core is left to phones) and few may wait.
/// </remarks>
internal sealed class PasswordHash(Keyring keyring, PasswordCost cost) : IDisposable
{
    /// <summary>The longest password taken, in characters; hashing more would only serve an attacker.</summary>
    public const int MostCharacters = 256;

    // Django has raised its default yearly; more than this is not a hash but an attack.
    private const int MostIterations = 5_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    // Eight seconds of waiting on one core.
    private const int MostWaiting = 60;
    private const string Own = "fk1";
    private const string Django = "pbkdf2_sha256";

    private readonly SemaphoreSlim _cores = new(Math.Max(1, Environment.ProcessorCount - 1));
    private int _waiting;

    /// <summary>Makes the string to store for a new password.</summary>
    /// <exception cref="Kernel.ProblemException"><c>session.busy</c>: too many are waiting already.</exception>
    public async Task<string> OfAsync(string password, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        await EnterAsync(cancellationToken);
        try
        {
            var mac = Pepper(Derive(password, salt, cost.Iterations));
            return $"{Own}$pbkdf2-sha256${cost.Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(mac)}";
        }
        finally
        {
            _cores.Release();
        }
    }

    /// <summary>Checks a password against a stored string; with null it spends the same time and says no.</summary>
    /// <exception cref="Kernel.ProblemException"><c>session.busy</c>: too many are waiting already.</exception>
    public async Task<bool> MatchesAsync(string password, string? stored, CancellationToken cancellationToken)
    {
        var known = Parse(stored);
        await EnterAsync(cancellationToken);
        try
        {
            var derived = Derive(password, known?.Salt ?? new byte[SaltBytes], known?.Iterations ?? cost.Iterations);
            if (known?.Iterations < cost.Iterations)
            {
                // An older, cheaper hash must not tell by its speed that the account exists.
                _ = Derive(password, known.Salt, cost.Iterations - known.Iterations);
            }

            var found = known is { IsPeppered: false } ? derived : Pepper(derived);
            return known is not null && CryptographicOperations.FixedTimeEquals(found, known.Hash);
        }
        finally
        {
            _cores.Release();
        }
    }

    /// <summary>Tells whether a stored string is of an older kind or cost than new ones.</summary>
    public bool IsOutdated(string stored) =>
        Parse(stored) is not { IsPeppered: true } known || known.Iterations < cost.Iterations;

    /// <inheritdoc/>
    public void Dispose() => _cores.Dispose();

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw AccountProblems.Busy();
        }

        try
        {
            await _cores.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashBytes);

    private byte[] Pepper(byte[] derived) => keyring.Pepper.Compute("accounts.password", derived);

    private static Stored? Parse(string? stored)
    {
        var parts = stored?.Split('$') ?? [];
        return parts switch
        {
            [Own, "pbkdf2-sha256", var cost, var salt, var mac] => Read(true, cost, Base64Of(salt), mac),
            [Django, var cost, var salt, var hash] => Read(false, cost, Encoding.UTF8.GetBytes(salt), hash),
            _ => null,
        };
    }

    private static Stored? Read(bool isPeppered, string cost, byte[]? salt, string hash) =>
        int.TryParse(cost, out var iterations) && iterations is > 0 and <= MostIterations
            && salt is not null && Base64Of(hash) is { Length: HashBytes } bytes
            ? new Stored(isPeppered, iterations, salt, bytes)
            : null;

    private static byte[]? Base64Of(string text)
    {
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out var length) ? buffer[..length] : null;
    }

    private sealed record Stored(bool IsPeppered, int Iterations, byte[] Salt, byte[] Hash);
}
