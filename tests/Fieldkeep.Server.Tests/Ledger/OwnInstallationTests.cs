using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Past;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

/// <summary>A database and the keys of its contents belong together.</summary>
public sealed class OwnInstallationTests(TestCluster cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_with_other_keys_refuses_a_database_before_anything_is_changed()
    {
        string database;
        await using (var first = new TestServer(cluster))
        {
            await first.InitializeAsync();
            await first.OrganisationAdminAsync();
            database = first.ConnectionString;
            await first.SealAllAsync();
            Assert.NotEqual(0, await first.QueryAsync<long>("select count(*) from ledger.checkpoints"));
            await using var again = first.Beside();
            await again.InitializeAsync();
        }

        await RefusesAsync(database);

        // A database from before the note tells by who signed its ledger, and by what is not migrated that nothing was.
        await RunAsync(database, "drop table ledger.installation; delete from database.migrations where name like '0073%'");
        await RefusesAsync(database);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Token);
        await using var look = new NpgsqlCommand("select to_regclass('ledger.installation') is null", connection);
        Assert.True((bool?)await look.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task Of_two_that_take_a_new_database_at_once_the_slower_is_refused()
    {
        await using var server = new TestServer(cluster);
        await server.InitializeAsync();
        await RunAsync(server.ConnectionString, "update ledger.installation set id = gen_random_uuid()");

        var refused = await Assert.ThrowsAsync<VaultException>(() => server.Services.GetRequiredService<OwnInstallation>().NoteAsync(Token));

        Assert.Equal(VaultFailure.KeyringMissing, refused.Reason);

        // With other keys all would look changed: no alarm of tampering for a wrong data directory.
        var keyring = server.Services.GetRequiredService<Keyring>();
        refused = await Assert.ThrowsAsync<VaultException>(
            () => VerifyInstallation.RunAsync(new VerifyPlan(server.ConnectionString, server.DataFolder, keyring), new Progress<string>(), Token));
        Assert.Equal(VaultFailure.KeyringMissing, refused.Reason);
        refused = await Assert.ThrowsAsync<VaultException>(() => ReadPast.RunAsync(server.ConnectionString, keyring, 1, null, server.Clock, Token));
        Assert.Equal(VaultFailure.KeyringMissing, refused.Reason);
    }

    private async Task RefusesAsync(string database)
    {
        await using var other = TestServer.OnDatabase(cluster, database);
        var refused = await Assert.ThrowsAsync<VaultException>(async () => await other.InitializeAsync());
        Assert.Equal(VaultFailure.KeyringMissing, refused.Reason);
    }

#pragma warning disable CA2100 // The statements are those of this class.
    private static async Task RunAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
#pragma warning restore CA2100
}
