using System.Security.Cryptography;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Keeps the secrets that authenticator apps share with us, sealed and bound to their row.</summary>
internal sealed class TotpSecrets(Keyring keyring, TimeProvider clock)
{
    private const string Column = "accounts.totp_secrets.secret";

    private const string RemoveWaiting = """
        delete from accounts.totp_secrets where actor_id = @actor and activated_at is null
        """;
    private const string Insert = """
        insert into accounts.totp_secrets (id, actor_id, secret, created_at) values (@id, @actor, @secret, @now)
        """;
    private const string LockActive = """
        select id, secret, last_step from accounts.totp_secrets
        where actor_id = @actor and activated_at is not null
        for update
        """;
    private const string LockWaiting = """
        select id, secret, last_step from accounts.totp_secrets
        where actor_id = @actor and activated_at is null and created_at > @since
        for update
        """;
    private const string RemoveActive = """
        delete from accounts.totp_secrets where actor_id = @actor and activated_at is not null
        """;
    private const string Activate = """
        update accounts.totp_secrets set activated_at = @now, last_step = @step where id = @id
        """;
    private const string NoteStep = "update accounts.totp_secrets set last_step = @step where id = @id";

    // Long enough to install an app.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(30);

    /// <summary>Makes a secret that waits for its first code, in place of one that waited before; gives it in the clear, this once.</summary>
    public async Task<byte[]> BeginAsync(Tx tx, ActorId actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var secret = RandomNumberGenerator.GetBytes(Totp.SecretBytes);
        var envelope = Envelope.Seal(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(id), secret);
        await tx.ExecuteAsync(RemoveWaiting, new { actor = actor.Value }, cancellationToken);
        await tx.ExecuteAsync(Insert, new { id, actor = actor.Value, secret = envelope, now }, cancellationToken);
        return secret;
    }

    /// <summary>Takes the waiting secret into use, in place of the one before, when the code is its own; else gives false.</summary>
    /// <exception cref="ProblemException"><c>factor.not_begun</c>.</exception>
    public async Task<bool> ActivateAsync(Tx tx, ActorId actor, string code, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var waiting = await tx.FindAsync<Row>(LockWaiting, new { actor = actor.Value, since = now - LongestWait }, cancellationToken)
            ?? throw FactorProblems.NotBegun();
        if (FindStep(waiting, code) is not { } step)
        {
            return false;
        }

        await tx.ExecuteAsync(RemoveActive, new { actor = actor.Value }, cancellationToken);
        await tx.ExecuteAsync(Activate, new { id = waiting.Id, now, step }, cancellationToken);
        return true;
    }

    /// <summary>Accepts a code of the secret in use, once: a second that comes at the same time waits here and is refused.</summary>
    public async Task<bool> AcceptAsync(Tx tx, ActorId actor, string code, CancellationToken cancellationToken)
    {
        var active = await tx.FindAsync<Row>(LockActive, new { actor = actor.Value }, cancellationToken);
        if (active is null || FindStep(active, code) is not { } step)
        {
            return false;
        }

        await tx.ExecuteAsync(NoteStep, new { id = active.Id, step }, cancellationToken);
        return true;
    }

    /// <summary>Removes the secret in use and the one that waits; gives false when there was none in use.</summary>
    public static async Task<bool> RemoveAsync(Tx tx, ActorId actor, CancellationToken cancellationToken)
    {
        await tx.ExecuteAsync(RemoveWaiting, new { actor = actor.Value }, cancellationToken);
        return await tx.ExecuteAsync(RemoveActive, new { actor = actor.Value }, cancellationToken) == 1;
    }

    private long? FindStep(Row row, string code)
    {
        var secret = Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row.Id), row.Secret);
        try
        {
            return Totp.FindStep(secret, Totp.Clean(code), row.LastStep, clock.GetUtcNow());
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private EnvelopeContext ContextOf(Guid id) => new(keyring.InstallationId, Guid.Empty, Column, id, 1);

    private sealed record Row(Guid Id, byte[] Secret, long LastStep);
}
