using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

public sealed class RestoredLedgerTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checkpoints_from_after_the_backup_are_given_up_by_an_entry_and_are_a_fault_without_it()
    {
        var keyring = server.Services.GetRequiredService<Keyring>();
        await server.OrganisationAdminAsync();
        await server.SealAllAsync();
        var last = await Checkpoints.FindLastAsync(server.Services.GetRequiredService<Db>(), Token) ?? throw new InvalidOperationException("Nothing was sealed.");

        // As if more had been sealed, and the database then been restored from before.
        var lost = new Checkpoint(
            Checkpoint.OriginOf(keyring.InstallationId), last.Size + 5, new byte[32], last.At.AddMicroseconds(1), last.Size, last.Root);
        CheckpointFile.Append(CheckpointFile.Below(server.DataFolder), [lost.Sign(keyring.LedgerSigningKey)]);
        var before = await VerifyAsync(keyring);
        Assert.Equal([("file.unknown", lost.Size)], before.Findings.Select(finding => (finding.What, finding.Checkpoint ?? 0)));

        await server.Services.GetRequiredService<EndAfterRestore>().RunAsync(Actor.System(Door.CommandLine), Token);
        await server.SealAllAsync();

        var after = await VerifyAsync(keyring);
        Assert.True(after.Holds, string.Join('\n', after.Findings));
        Assert.Contains("given up when a backup was restored", Assert.Single(after.Remarks), StringComparison.Ordinal);

        // Once is enough: nothing is ahead any more.
        await server.Services.GetRequiredService<EndAfterRestore>().RunAsync(Actor.System(Door.CommandLine), Token);
        Assert.Equal(1, await server.QueryAsync<long>("select count(*) from ledger.entries where action = 'ledger.restore'"));
    }

    private Task<VerifyReport> VerifyAsync(Keyring keyring) => VerifyInstallation.RunAsync(
        new VerifyPlan(server.ConnectionString, server.DataFolder, keyring), new Progress<string>(), Token);
}
