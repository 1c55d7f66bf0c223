using System.Reflection;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Keys;

/// <summary>Says of every column of bytes what is in it, so that none that is sealed can be forgotten when a key changes.</summary>
public sealed class SealedColumnsTests(TestServer server) : IClassFixture<TestServer>
{
    /// <summary>Every column of bytes of every table.</summary>
    public const string ColumnsOfBytes = """
        select c.table_schema || '.' || c.table_name || '.' || c.column_name
        from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
        where c.data_type = 'bytea' and t.table_type = 'BASE TABLE' and c.table_schema not in ('pg_catalog', 'information_schema')
        order by 1
        """;

    // Sealed with the installation's key, which belongs to no project, or with the ledger's, which stays.
    private static readonly HashSet<string> OfInstallation = new(StringComparer.Ordinal)
    {
        "access.suspensions.contact", "access.suspensions.reason", "accounts.access_events.address", "accounts.external_attempts.secrets", "accounts.sessions.address_sealed", "accounts.totp_secrets.secret",
        "audit.events.notes", "erasure.projects.reason", "health.alerts.note", "health.recipients.content", "ledger.entries.body", "lifecycle.reports.reason", "mail.outbox.content", "rights.removals.reason", "submissions.holds.lift_reason",
        "submissions.holds.reason", "support_access.cases.reason", "witnesses.witnesses.content",
    };

    // Hashes, keyed hashes, salts, names of blobs, public keys, and a workbook, which is a form's design and in the clear like it.
    private static readonly HashSet<string> NotSealed = new(StringComparer.Ordinal)
    {
        "accounts.access_events.name_hash", "accounts.access_events.pseudonym", "accounts.access_tokens.token_hash", "accounts.app_users.token_hash",
        "accounts.attempts.account", "accounts.attempts.key", "accounts.external_attempts.browser_hash", "accounts.external_attempts.state_hash",
        "accounts.external_identities.subject_hash", "accounts.factor_resets.cancel_hash", "accounts.passkeys.credential_id", "accounts.passkeys.public_key",
        "accounts.password_resets.token_hash", "accounts.public_links.token_hash", "accounts.recovery_codes.code_hash", "accounts.retired_addresses.address_mac", "accounts.sessions.csrf_hash",
        "accounts.sessions.token_hash", "answers.columns.name_mac", "audit.events.caller", "blobs.blobs.sha256", "blobs.dropped.sha256", "database.migrations.sha256",
        "exports.links.token_hash", "forms.versions.workbook", "ledger.entries.leaf", "lifecycle.pseudonyms.mac", "lifecycle.reports.checksum", "lifecycle.reports.reason_salt", "organisations.invitations.token_hash", "rights.removals.cancel_hash",
        "submissions.attachments.content_mac", "submissions.attachments.name_mac", "submissions.comments.salt", "submissions.confidential.masked_mac", "submissions.confidential.values_mac",
        "submissions.versions.content_mac",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private HashSet<string> Registered =>
    [
        .. server.Services.GetServices<SealedColumn>().Select(column => column.Name),
        .. server.Services.GetServices<SealedBlobColumn>().Select(column => column.Name),
    ];

    [Fact]
    public async Task Every_column_of_bytes_is_registered_or_says_what_it_is()
    {
        var columns = await server.Services.GetRequiredService<Db>().ListAsync<string>(ColumnsOfBytes, null, Token);

        // Columns of the ledger's own seals (tiles, checkpoints) are hashes and signatures.
        var registered = Registered;
        Assert.DoesNotContain(
            columns,
            column => !registered.Contains(column) && !OfInstallation.Contains(column) && !NotSealed.Contains(column)
                && !(column.StartsWith("ledger.", StringComparison.Ordinal) && column != "ledger.entries.body"));
        Assert.Empty(Registered.Concat(OfInstallation).Concat(NotSealed).Except(columns));
    }

    [Fact]
    public void Every_column_that_the_program_seals_for_is_registered()
    {
        // What is handed to the sealer is a constant of this shape: schema.table.column.
        var sealing = typeof(Sealer).Assembly.GetTypes()
            .Where(type => type.GetConstructors().SelectMany(one => one.GetParameters()).Any(one => one.ParameterType == typeof(Sealer)))
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public))
            .Where(field => field is { IsLiteral: true, Name: var name } && name.EndsWith("Column", StringComparison.Ordinal))
            .Select(field => field.GetRawConstantValue() as string ?? "").ToHashSet(StringComparer.Ordinal);
        var bound = server.Services.GetServices<SealedBlobColumn>().Select(column => column.BoundTo).Concat(Registered);

        // A file's name is hashed for its own column; the sealed one is that.
        Assert.Empty(sealing.Except(bound));
        Assert.True(sealing.Count >= 10, $"Only {sealing.Count} were found.");
    }
}
