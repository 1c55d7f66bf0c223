using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>Backup directories are known by what lies in them, not by their path alone, and one that is ill keeps no other waiting.</summary>
public sealed class KeyringTargetsTests : KeyringStage
{
    private string Mount => Path.Combine(Scratch.Path, "mount");

    [Fact]
    public void Disks_that_take_turns_at_one_path_are_several_and_each_is_waited_for()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("gone"));
        var (odd, even) = (Path.Combine(Scratch.Path, "odd"), Path.Combine(Scratch.Path, "even"));
        BackUp(keyring);
        Directory.Move(Mount, odd);
        BackUp(keyring);

        var copies = keyring.DestroyProjectKeys(Some.Uuid("gone")).Copies;

        var targets = KeyringTargets.List(Files.KeyringPaths);
        Assert.Equal((2, 1), (targets.Select(target => target.Id).Distinct().Count(), targets.Select(target => target.Directory).Distinct().Count()));
        Assert.Equal([true, true, false, false, true, true], copies.Select(copy => copy.Problem is null));
        Assert.Equal([null, null, targets[0].Id, targets[0].Id, targets[1].Id, targets[1].Id], copies.Select(copy => copy.Target));
        Directory.Move(Mount, even);
        Directory.Move(odd, Mount);
        Assert.Equal([true, false], keyring.ReplaceTargets().Where((_, at) => at % 2 == 0).Select(copy => copy.Problem is null));
        Assert.All(KeyringTargets.KeyringPathsIn(even).Concat(KeyringTargets.KeyringPathsIn(Mount)), path => Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(path)));
    }

    [Fact]
    public void Slips_that_were_lost_here_stay_in_the_backup_directories()
    {
        using var keyring = Create();
        BackUp(keyring);
        RootSlips.Write(Files.KeyringPaths, [new RootSlip("env:ROOT", keyring.RootFingerprint)]);
        Assert.Equal([null, null], keyring.CatchUp().Select(copy => copy.Problem));
        RootSlips.Write(Files.KeyringPaths, []);
        File.Delete(Files.RootKeyPath);

        keyring.CreateProjectKeys(Some.Uuid("p"));
        Assert.Equal([null, null], keyring.CatchUp().Select(copy => copy.Problem));

        Assert.Empty(keyring.CatchUp());
        Assert.Equal("env:ROOT", Assert.Single(RootSlips.Read(KeyringTargets.KeyringPathsIn(Mount))).Provider);
    }

    [Fact]
    public void A_directory_that_was_away_is_caught_up_with_once_and_another_installations_is_left_alone()
    {
        using var keyring = Create();
        BackUp(keyring);
        var away = Path.Combine(Scratch.Path, "away");
        Directory.Move(Mount, away);
        keyring.CreateRecoveryShares(needed: 2, shares: 3);
        Assert.All(keyring.ReplaceTargets(), copy => Assert.NotNull(copy.Problem));
        Assert.Empty(keyring.CatchUp());

        Directory.Move(away, Mount);
        Assert.Equal([null, null], keyring.CatchUp().Select(copy => copy.Problem));
        Assert.Empty(keyring.CatchUp());
        Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(KeyringTargets.KeyringPathsIn(Mount)[1]));

        // Who holds the root key is told there, too.
        RootSlips.Write(Files.KeyringPaths, [new RootSlip("env:ROOT", keyring.RootFingerprint)]);
        Assert.Equal([null, null], keyring.CatchUp().Select(copy => copy.Problem));
        Assert.Equal("env:ROOT", Assert.Single(RootSlips.Read(KeyringTargets.KeyringPathsIn(Mount))).Provider);

        using var strange = new ScratchDirectory();
        using var other = Keyring.Create(strange.Files, TimeProvider.System);
        KeyringTargets.KeyringPathsIn(Mount).ToList().ForEach(File.Delete);
        other.CopyTo(KeyringTargets.KeyringPathsIn(Mount));
        keyring.RotateEpoch();
        Assert.All(keyring.CatchUp(), copy => Assert.Contains("installation", copy.Problem, StringComparison.Ordinal));
        Assert.Equal(other.InstallationId, KeyringCopies.ReadBest(KeyringTargets.KeyringPathsIn(Mount)).Content.Installation);
    }

    [Fact]
    public void A_disk_that_is_mounted_elsewhere_stays_the_same_one_and_a_destroyed_one_is_struck_off()
    {
        using var keyring = Create();
        BackUp(keyring);
        var moved = Path.Combine(Scratch.Path, "moved");
        Directory.Move(Mount, moved);
        KeyringTargets.Add(Files.KeyringPaths, moved);
        KeyringTargets.Add(Files.KeyringPaths, moved);
        var target = Assert.Single(KeyringTargets.List(Files.KeyringPaths));
        Assert.Equal((moved, KeyringTargets.FindId(moved)), (target.Directory, target.Id));

        Directory.CreateDirectory(Path.Combine(moved, "backups", "20261121T055500Z-1f2e3d4c"));
        Directory.CreateDirectory(Path.Combine(moved, "backups", ".unfinished-1f2e3d4c-and-some-more"));
        Assert.Equal((target, new TargetLook(true, true, new DateTimeOffset(2026, 11, 21, 5, 55, 0, TimeSpan.Zero))), Assert.Single(keyring.LookAtTargets()));
        File.Delete(target.KeyringPaths[1]);
        Assert.False(Assert.Single(keyring.LookAtTargets()).Look.IsNewest);
        Assert.All(keyring.LookAtCopies(), copy => Assert.True(copy.IsNewest));
        Assert.Empty(KeyringTargets.Forget(Files.KeyringPaths, "elsewhere"));
        Assert.Equal([target], KeyringTargets.Forget(Files.KeyringPaths, target.Id ?? ""));
        Assert.Empty(KeyringTargets.List(Files.KeyringPaths));
        Assert.Empty(KeyringTargets.Forget(Files.KeyringPaths, moved));
    }

    [Fact]
    public void A_list_from_before_there_were_ids_is_read_and_gets_them_with_the_next_backup()
    {
        using var keyring = Create();
        Directory.CreateDirectory(Mount);
        File.WriteAllText(KeyringTargets.PathBeside(Files.KeyringPaths), $"{Mount}\n/media/far\n");
        Assert.Equal([Mount, "/media/far"], KeyringTargets.List(Files.KeyringPaths).Select(target => target.Directory));

        BackUp(keyring);

        Assert.Equal([("/media/far", false), (Mount, true)], KeyringTargets.List(Files.KeyringPaths).Select(target => (target.Directory, target.Id is not null)));
        Assert.Equal([false, true], keyring.ReplaceTargets().Where((_, at) => at % 2 == 0).Select(copy => copy.Problem is null));
    }

    [Fact]
    public void A_directory_that_hangs_keeps_no_other_waiting_and_gets_no_second_thread()
    {
        using var hang = new ManualResetEventSlim();
        var writes = 0;
        var threads = new TargetThreads<string?>(
            target =>
            {
                Interlocked.Increment(ref writes);
                if (target.Directory == "ill")
                {
                    hang.Wait(TestContext.Current.CancellationToken);
                }

                return null;
            },
            "hangs",
            // Time enough for a thread of a busy machine.
            TimeSpan.FromSeconds(2));
        KeyringTarget[] both = [new(null, "ill"), new(null, "well")];

        Assert.Equal([false, true], threads.Run(both).Select(one => one.Result is null));
        Assert.Equal([false, true], threads.Run(both).Select(one => one.Result is null));
        Assert.Equal(3, writes);
        hang.Set();
        Assert.True(SpinWait.SpinUntil(() => threads.Run(both).All(one => one.Result is null), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void The_key_of_an_older_epoch_is_zeroed_and_the_installations_own_keys_are_held_once()
    {
        using var keyring = Create();
        var (epoch, backup, signing) = (keyring.Opened.EpochKey, keyring.BackupKey, keyring.LedgerSigningKey);
        using var other = Open();
        var others = other.Opened.EpochKey;

        keyring.RotateEpoch();
        other.Reload();

        Assert.True(epoch.IsDisposed);
        Assert.True(others.IsDisposed);
        Assert.False(keyring.Opened.EpochKey.IsDisposed);
        Assert.Same(backup, keyring.BackupKey);
        Assert.Same(signing, keyring.LedgerSigningKey);
    }

    private void BackUp(Keyring keyring)
    {
        KeyringTargets.Add(Files.KeyringPaths, Mount);
        keyring.CopyTo(KeyringTargets.KeyringPathsIn(Mount));
    }
}
