using System.Diagnostics;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class SwappedDiskTests(SampleTemplate template) : SampleTests(template)
{
    [Fact]
    public async Task A_disk_that_comes_to_the_place_of_another_gets_a_log_without_a_hole_and_so_does_one_whose_log_was_removed()
    {
        var target = Sample.Target;
        var files = KeyringFiles.Below(Sample.Data);
        using var keyring = Keyring.Open(files, TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var log = new CommitLog();
        KeyringTargets.Add(files.KeyringPaths, target);
        Directory.Move(target, target + ".second");
        await using var running = await Sample.StartAsync(Sample.Data);
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        var receiving = new WalReceiver(running.Address, Mounted(files), keyring, Sample.Told.Add, TimeProvider.System) { LookEvery = TimeSpan.FromMilliseconds(50) };
        KeyringTargets.Add(files.KeyringPaths, target);
        var run = receiving.RunAsync(ending.Token);
        await CatchUpAsync();
        await Sample.BackUpAsync();

        // The second has the same, as a person copied it; then the first gets more.
        await CopyAsync(target, target + ".second");
        await log.WriteAsync(running.Address, 20, 4000, Token);
        await CatchUpAsync();
        var beginning = receiving.State.Beginning;
        Directory.Move(target, target + ".first");
        Directory.Move(target + ".second", target);
        await UntilAsync(() => receiving.State.Beginning > beginning);
        await log.WriteAsync(running.Address, 1, 10, Token);
        var end = await CatchUpAsync();
        var plan = await PlanAsync();
        Assert.True(Lsn.TryParse(plan.LogEnd) >= end, $"{plan.LogEnd} {end}");

        // Nothing of it is kept any more: what was known of the base backup does not hold.
        beginning = receiving.State.Beginning;
        Directory.Delete(Path.Combine(target, "wal"), recursive: true);
        await UntilAsync(() => receiving.State.Beginning > beginning);
        await CatchUpAsync();
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Task<RestorePlan> PlanAsync() => PlanRestore.RunAsync(
            new RestoreOptions(target, Sample.Restored) { To = RestoreOptions.Latest }, Sample.Progress, TimeProvider.System, Token);

        async Task<Lsn> CatchUpAsync()
        {
            var now = Lsn.TryParse(await RunningReceiver.ScalarAsync(running.Address, "select pg_current_wal_flush_lsn()::text")) ?? default;
            await UntilAsync(() => receiving.State is { ConnectedSince: not null } state && state.Durable >= now);
            return now;
        }

        async Task UntilAsync(Func<bool> isTrue)
        {
            for (var look = 0; look < 1500 && !isTrue() && !run.IsCompleted; look++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), Token);
            }

            Assert.True(isTrue(), $"It did not happen within 30 s: {receiving.State}");
        }
    }

    private Store.BackupStore Mounted(KeyringFiles files)
    {
        IReadOnlyList<string> Ids() => [.. KeyringTargets.List(files.KeyringPaths).Select(one => one.Id).OfType<string>()];
        return new Store.BackupStore(Sample.Target) { Ids = Ids(), FindIds = Ids };
    }

    // Everything but the id.
    private static async Task CopyAsync(string from, string to)
    {
        var id = await File.ReadAllTextAsync(Path.Combine(to, "keys", "id"), Token);
        using var cp = Process.Start("cp", ["--recursive", "--no-target-directory", from, to]);
        await cp.WaitForExitAsync(Token);
        Assert.Equal(0, cp.ExitCode);
        await File.WriteAllTextAsync(Path.Combine(to, "keys", "id"), id, Token);
    }
}
