using System.Text.Json;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

/// <summary>What a server left that was stopped in order: submissions, one of them edited, one with a test of the same id, sealed in several steps. Nothing runs on it.</summary>
public sealed class SealedVillage(TestCluster cluster) : IAsyncLifetime
{
    private const int Steps = 4;

    private string _connection = "";
    private Keyring? _keyring;

    /// <summary>The data directory.</summary>
    public string Folder { get; private set; } = "";

    /// <summary>The instance ids of the submissions, in their order; the first was edited.</summary>
    public IReadOnlyList<string> Instances { get; private set; } = [];

    /// <summary>The checkpoint file.</summary>
    public string CheckpointLog => CheckpointFile.Below(Folder);

    /// <summary>The keys.</summary>
    public Keyring Keyring => _keyring ?? throw new InvalidOperationException("The keys are not opened yet.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await using (var server = new TestServer(cluster))
        {
            await server.InitializeAsync();
            var admin = await server.OrganisationAdminAsync();
            var project = await admin.ProjectAsync();
            var phone = await server.PhoneAsync(admin, project, Village.Form());
            var ids = Enumerable.Range(0, Steps).Select(_ => Village.NewId()).ToList();
            foreach (var id in ids)
            {
                await phone.SendAsync(Village.Instance(id, $"Village {id}"));
                await server.SealAllAsync();
            }

            await phone.SendAsync(Village.Instance(Village.NewId(), "Edited", deprecatedId: ids[0]));
            await TestAsync(admin, project, ids[2]);
            await server.SealAllAsync();
            (Folder, _connection, Instances) = (server.DataFolder, server.ConnectionString, ids);
        }

        var files = KeyringFiles.Below(Folder);
        _keyring = Keyring.OpenReadOnly(RootKey.Read(files.RootKeyPath), files.KeyringPaths, TimeProvider.System);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _keyring?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Verifies all of it, as <c>fieldkeep verify</c> does.</summary>
    internal Task<VerifyReport> VerifyAsync(bool hasKeys = true, params string[] witnesses) => VerifyInstallation.RunAsync(
        new VerifyPlan(_connection, Folder, hasKeys ? Keyring : null) { WhyNoKeys = hasKeys ? null : "no root key", Witnesses = witnesses },
        new Progress<string>(),
        Token);

    /// <summary>Changes rows as somebody who owns the database can, in one transaction.</summary>
    public async Task TamperAsync(string sql)
    {
        string[] tables = ["entries", "leaves", "nodes", "checkpoints"];
        var open = string.Concat(tables.Select(table => $"alter table ledger.{table} disable trigger user;"));
        var close = string.Concat(tables.Select(table => $"alter table ledger.{table} enable trigger user;"));
        await ExecuteAsync($"begin; {open} {sql}; {close} commit");
    }

    /// <summary>Reads one value.</summary>
    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connection);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Token) ?? throw new InvalidOperationException($"{sql} gives nothing."));
    }

    /// <summary>Tampers, verifies, and undoes it by putting back all tables as they were.</summary>
    internal async Task<VerifyReport> VerifyTamperedAsync(string sql, params string[] witnesses)
    {
        string[] tables = ["ledger.entries", "ledger.leaves", "ledger.nodes", "ledger.checkpoints", "submissions.versions"];
        await ExecuteAsync(string.Concat(tables.Select(table => $"create table {Kept(table)} as table {table};")));
        try
        {
            await TamperAsync(sql);
            var report = await VerifyAsync(hasKeys: true, witnesses);
            Assert.False(report.Holds, JsonSerializer.Serialize(report));
            return report;
        }
        finally
        {
            await TamperAsync(string.Concat(tables.Select(table =>
                $"delete from {table}; insert into {table} {(table == "ledger.entries" ? "overriding system value" : "")} table {Kept(table)}; drop table {Kept(table)};"))
                .TrimEnd(';'));
        }
    }

    // A draft made of the published form, and a test of it.
    private static async Task TestAsync(Browser admin, long project, string id)
    {
        using var drafted = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft");
        Assert.True(drafted.IsSuccessStatusCode, await drafted.Content.ReadAsStringAsync(Token));
        using var test = new StringContent(Village.Instance(id), null, "application/xml");
        using var sent = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft/submissions", test);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Token));
    }

    private static string Kept(string table) => table.Replace('.', '_') + "_kept";

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
