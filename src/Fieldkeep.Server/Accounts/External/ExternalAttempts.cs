using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>Keeps sign-ins that are on their way to the provider and back: ten minutes, one use, one browser.</summary>
internal sealed class ExternalAttempts(Db db, Keyring keyring, TimeProvider clock)
{
    /// <summary>How long an attempt may take.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private const string Column = "accounts.external_attempts.secrets";

    private const string Insert = """
        insert into accounts.external_attempts (row_id, state_hash, browser_hash, secrets, created_at, expires_at)
        values (@row, @state, @browser, @secrets, @now, @expires)
        """;
    private const string Use = """
        update accounts.external_attempts set used_at = @now
        where state_hash = @state and browser_hash = @browser and used_at is null and expires_at > @now
        returning row_id, secrets
        """;
    private const string Answer = "update accounts.external_attempts set secrets = @secrets where row_id = @row";
    private const string ByBrowser = """
        select row_id, secrets from accounts.external_attempts
        where browser_hash = @browser and used_at is not null and expires_at > @now
        order by id desc limit 1
        """;
    private const string End = "delete from accounts.external_attempts where row_id = @row";

    /// <summary>Writes an attempt down.</summary>
    public async Task BeginAsync(string state, string browser, AttemptSecrets secrets, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        await db.ExecuteAsync(
            Insert,
            new
            {
                row,
                state = SecretToken.HashOf(state),
                browser = SecretToken.HashOf(browser),
                secrets = Seal(row, secrets),
                now,
                expires = now + Longest,
            },
            cancellationToken);
    }

    /// <summary>Takes an attempt that the provider has answered; null when unknown here, used, too old, or another browser's.</summary>
    public async Task<UsedAttempt?> UseAsync(string state, string browser, CancellationToken cancellationToken) =>
        await FindAsync(
            Use, new { state = SecretToken.HashOf(state), browser = SecretToken.HashOf(browser), now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Notes whom the provider named; the browser fetches what comes of it.</summary>
    public Task AnswerAsync(UsedAttempt attempt, string issuer, ExternalPerson person, CancellationToken cancellationToken) =>
        db.ExecuteAsync(
            Answer, new { row = attempt.Row, secrets = Seal(attempt.Row, new AttemptSecrets(null, null, issuer, person)) }, cancellationToken);

    /// <summary>Finds the answered attempt of a browser; null when there is none, or none in time.</summary>
    public async Task<UsedAttempt?> FindAnsweredAsync(string browser, CancellationToken cancellationToken) =>
        await FindAsync(ByBrowser, new { browser = SecretToken.HashOf(browser), now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Ends an attempt in the transaction that its sign-in commits; false when another request was faster.</summary>
    public static async Task<bool> EndAsync(Tx tx, UsedAttempt attempt, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(End, new { row = attempt.Row }, cancellationToken) == 1;

    private async Task<UsedAttempt?> FindAsync(string sql, object key, CancellationToken cancellationToken)
    {
        var row = await db.FindAsync<Row>(sql, key, cancellationToken);
        var secrets = row is null
            ? null
            : JsonSerializer.Deserialize<AttemptSecrets>(
                Envelope.Open(keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row.RowId), row.Secrets));
        return row is null || secrets is null ? null : new UsedAttempt(row.RowId, secrets);
    }

    private byte[] Seal(Guid row, AttemptSecrets secrets) =>
        Envelope.Seal(
            keyring.InstallationKey, EnvelopePurpose.Record, ContextOf(row), JsonSerializer.SerializeToUtf8Bytes(secrets), new SealOptions(Pad: true));

    private EnvelopeContext ContextOf(Guid row) => new(keyring.InstallationId, Guid.Empty, Column, row, 1);

    private sealed record Row(Guid RowId, byte[] Secrets);
}

/// <summary>What one attempt must not tell: before the answer the nonce and the verifier, after it who it is, and who says so.</summary>
internal sealed record AttemptSecrets(string? Nonce, string? Verifier, string? Issuer, ExternalPerson? Person)
{
    /// <inheritdoc/>
    public override string ToString() => "AttemptSecrets";
}

/// <summary>An attempt that came back.</summary>
internal sealed record UsedAttempt(Guid Row, AttemptSecrets Secrets);
