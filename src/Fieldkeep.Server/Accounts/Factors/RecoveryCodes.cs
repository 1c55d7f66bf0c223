using System.Security.Cryptography;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Makes and takes the codes that stand in for a lost factor: ten, of 50 random bits, each good once; only an HMAC is kept.</summary>
internal sealed class RecoveryCodes(Keyring keyring, TimeProvider clock)
{
    /// <summary>How many codes there are at a time.</summary>
    public const int Count = 10;

    /// <summary>From so few codes left on, their owner is told to make new ones.</summary>
    public const int Few = 2;

    private const int Letters = 10;

    private const string RemoveAll = "delete from accounts.recovery_codes where actor_id = @actor";
    private const string InsertAll = """
        insert into accounts.recovery_codes (actor_id, code_hash, made_at)
        select @actor, code_hash, @now from unnest(@hashes) as code_hash
        """;
    private const string Take = """
        update accounts.recovery_codes set used_at = @now
        where actor_id = @actor and code_hash = @hash and used_at is null
        """;
    private const string Left = """
        select count(*)::int from accounts.recovery_codes where actor_id = @actor and used_at is null
        """;

    /// <summary>Makes new codes; those before are worth nothing any more. They are shown this once, as <c>XXXXX-XXXXX</c>.</summary>
    public async Task<IReadOnlyList<string>> RenewAsync(Tx tx, ActorId actor, CancellationToken cancellationToken)
    {
        // Seven bytes hold the 50 bits of ten letters.
        var codes = Enumerable.Range(0, Count)
            .Select(_ => Base32.Of(RandomNumberGenerator.GetBytes(7))[..Letters])
            .ToList();
        var hashes = codes.Select(code => HashOf(actor, code)).ToArray();
        await tx.ExecuteAsync(RemoveAll, new { actor = actor.Value }, cancellationToken);
        await tx.ExecuteAsync(InsertAll, new { actor = actor.Value, hashes, now = clock.GetUtcNow() }, cancellationToken);
        return [.. codes.Select(code => code.Insert(Letters / 2, "-"))];
    }

    /// <summary>Takes a code that was not used yet; of two that come at once, one is refused.</summary>
    public async Task<bool> AcceptAsync(Tx tx, ActorId actor, string code, CancellationToken cancellationToken) =>
        Clean(code) is { } clean
        && await tx.ExecuteAsync(
            Take, new { actor = actor.Value, hash = HashOf(actor, clean), now = clock.GetUtcNow() }, cancellationToken) == 1;

    /// <summary>Counts the codes that are still good.</summary>
    public static Task<int> LeftAsync(Sql sql, ActorId actor, CancellationToken cancellationToken) =>
        sql.GetAsync<int>(Left, new { actor = actor.Value }, cancellationToken);

    /// <summary>Removes all codes.</summary>
    public static Task RemoveAsync(Tx tx, ActorId actor, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(RemoveAll, new { actor = actor.Value }, cancellationToken);

    // People leave the dash out, type small letters, and 0 and 1, which are not in the alphabet, for O and I.
    private static string? Clean(string code)
    {
        if (code.Length > 32)
        {
            return null;
        }

        var clean = string.Concat(code.Where(letter => letter != '-' && !char.IsWhiteSpace(letter)))
            .ToUpperInvariant().Replace('0', 'O').Replace('1', 'I');
        return clean.Length == Letters && Base32.IsBase32(clean) ? clean : null;
    }

    private byte[] HashOf(ActorId actor, string code) => keyring.Pepper.Compute("accounts.recovery_codes", $"{actor} {code}");
}
