using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>Several servers have one keyring open: whoever finds it gone another way, or back, writes nothing over it.</summary>
public sealed class SharedKeyringTests : KeyringStage
{
    [Fact]
    public void What_was_written_over_from_elsewhere_is_found_and_what_only_memory_has_is_kept_beside_it()
    {
        using var one = Share(Create());
        using var other = Share(Open());
        var before = Read();
        one.CreateProjectKeys(Some.Uuid("p"));
        Write(before);

        // As where a lock was lost: both wrote one generation.
        other.CreateProjectKeys(Some.Uuid("q"));
        var there = File.ReadAllBytes(Files.KeyringPaths[0]);
        Assert.Equal(VaultFailure.KeyringForked, Refusal(one.Reload));
        Assert.True(one.IsForked);
        Assert.Equal(VaultFailure.KeyringForked, Refusal(() => one.FindProjectKeys(Some.Uuid("p"))));
        Assert.Equal(VaultFailure.KeyringForked, Refusal(() => one.CreateProjectKeys(Some.Uuid("r"))));
        Assert.Equal(there, File.ReadAllBytes(Files.KeyringPaths[0]));
        AssertSameCopies();

        var aside = Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Files.KeyringPaths[0]) ?? "", "keyring.aside-*"));
        using var root = RootKey.Read(Files.RootKeyPath);
        using var kept = Keyring.OpenReadOnly(root, [aside], TimeProvider.System);
        Assert.Equal([Some.Uuid("p")], kept.Projects);
        Assert.False(other.IsForked);

        // Whoever starts would go on by one of the two, before anybody decided.
        Assert.Equal(VaultFailure.KeyringForked, Refusal(other.RequireDecided));
        File.Move(aside, Path.Combine(Scratch.Path, "kept"));
        other.RequireDecided();
    }

    [Fact]
    public void What_can_be_left_nowhere_stays_in_memory_whatever_comes_to_lie_there_and_is_written_as_soon_as_it_can_be()
    {
        // A name that has no room for more: nothing can be written beside it.
        var files = Files with { KeyringPaths = [Path.Combine(Path.GetDirectoryName(Files.KeyringPaths[0]) ?? "", new string('k', 240)), Files.KeyringPaths[1]] };
        using var one = Share(Keyring.Create(files, TimeProvider.System));
        using var other = Share(Keyring.Open(files, TimeProvider.System));
        var before = File.ReadAllBytes(files.KeyringPaths[0]);
        one.CreateProjectKeys(Some.Uuid("p"));
        Array.ForEach([.. files.KeyringPaths], path => File.WriteAllBytes(path, before));
        other.CreateProjectKeys(Some.Uuid("q"));
        Assert.Equal(VaultFailure.KeyringForked, Refusal(one.Reload));
        Assert.False(one.KeepAside());

        other.CreateProjectKeys(Some.Uuid("r"));
        Assert.Equal(VaultFailure.KeyringForked, Refusal(one.ReadAgain));
        Assert.Equal([Some.Uuid("p")], one.Projects);

        one.AsideDirectory = Directory.CreateDirectory(Path.Combine(Scratch.Path, "data")).FullName;
        Assert.True(one.KeepAside());
        Assert.Equal((0, true), (other.FindAside().Count, one.KeepAside()));
        using var root = RootKey.Read(files.RootKeyPath);
        using var kept = Keyring.OpenReadOnly(root, [Assert.Single(one.FindAside())], TimeProvider.System);
        Assert.Equal([Some.Uuid("p")], kept.Projects);
    }

    [Fact]
    public void One_that_was_set_back_is_not_taken_and_not_written_over()
    {
        using var one = Share(Create());
        var before = Read();
        one.CreateProjectKeys(Some.Uuid("p"));
        Write(before);

        Assert.Equal(VaultFailure.KeyringForked, Refusal(() => one.CreateProjectKeys(Some.Uuid("q"))));
        Assert.Equal(VaultFailure.KeyringForked, Refusal(one.ReadAgain));
        Assert.Equal(before, Read());
    }

    [Fact]
    public void A_server_alone_takes_the_file_as_it_is()
    {
        using var alone = Create();
        var before = Read();
        alone.CreateProjectKeys(Some.Uuid("p"));
        Write(before);

        alone.ReadAgain();
        alone.CreateProjectKeys(Some.Uuid("q"));
        Assert.Equal([Some.Uuid("q")], alone.Projects);
    }

    [Fact]
    public void A_change_is_seen_though_time_and_length_of_the_file_are_the_same()
    {
        using var one = Share(Create());
        one.CreateRecoveryKey();
        using var other = Share(Open());
        other.Reload();
        var (time, length) = (File.GetLastWriteTimeUtc(Files.KeyringPaths[0]), new FileInfo(Files.KeyringPaths[0]).Length);

        one.CreateRecoveryKey();
        File.SetLastWriteTimeUtc(Files.KeyringPaths[0], time);
        Assert.Equal(length, new FileInfo(Files.KeyringPaths[0]).Length);
        other.Reload();
        Assert.Equal(one.Generation, other.Generation);
    }

    [Fact]
    public void Two_recovery_keys_of_one_generation_are_two_ways_though_all_keys_are_the_same()
    {
        using var one = Share(Create());
        using var other = Share(Open());
        var before = Read();
        one.CreateRecoveryKey();
        Write(before);
        other.CreateRecoveryKey();

        Assert.Equal(VaultFailure.KeyringForked, Refusal(one.Reload));
    }

    private static Keyring Share(Keyring keyring)
    {
        keyring.IsShared = true;
        return keyring;
    }

    private byte[] Read() => File.ReadAllBytes(Files.KeyringPaths[0]);

    private void Write(byte[] bytes)
    {
        foreach (var path in Files.KeyringPaths)
        {
            File.WriteAllBytes(path, bytes);
        }
    }
}
