using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>Keys of an erased project are gone, in every copy that can be reached.</summary>
public sealed class ErasedKeysTests : KeyringStage
{
    [Fact]
    public void A_destroyed_project_opens_nowhere_and_the_others_still_do()
    {
        using var keyring = Create();
        using var other = Open();
        var kept = keyring.CreateProjectKeys(Some.Uuid("kept"));
        var gone = keyring.CreateProjectKeys(Some.Uuid("gone"));
        var pepper = keyring.Pepper.Compute("d", "v");
        var keptEnvelope = Envelope.Seal(kept.Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(5));
        var goneId = gone.Primary.Id.Value.ToByteArray(bigEndian: true);
        keyring.DestroyProjectKeys(Some.Uuid("gone"));

        Assert.Throws<ObjectDisposedException>(
            () => Envelope.Seal(gone.Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(5)));
        Assert.All(Files.KeyringPaths, path => Assert.Equal(-1, File.ReadAllBytes(path).AsSpan().IndexOf(goneId)));
        other.Reload();
        Assert.Null(other.FindProjectKeys(Some.Uuid("gone")));
        using var again = Open();
        Assert.Null(again.FindProjectKeys(Some.Uuid("gone")));
        Assert.Equal(pepper, again.Pepper.Compute("d", "v"));
        Assert.Equal(
            Some.Bytes(5), Envelope.Open(again.GetProjectKeys(Some.Uuid("kept")), EnvelopePurpose.Record, Some.Place(), keptEnvelope));
    }

    [Fact]
    public void An_erased_project_is_told_by_its_keys_and_gets_none_again()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("gone"));
        keyring.RotateProjectKey(Some.Uuid("gone"));
        var sealing = keyring.GetProjectKeys(Some.Uuid("gone"));
        var (described, epoch) = keyring.DescribeProjectKeys(Some.Uuid("gone"));

        var destroyed = keyring.DestroyProjectKeys(Some.Uuid("gone"));

        Assert.Equal(described, destroyed.Keys);
        Assert.Equal(
            ["project", "data", "blind-index", "ledger", "confidential", "displacement", "data", "confidential"], destroyed.Keys.Select(key => key.Kind));
        Assert.Equal(8, destroyed.Keys.Select(key => key.Fingerprint).Distinct().Count());
        Assert.Equal((epoch, keyring.Epoch, keyring.Generation), (destroyed.EpochBefore, destroyed.EpochAfter, destroyed.Generation));
        Assert.NotEqual(destroyed.EpochBefore, destroyed.EpochAfter);
        Assert.Equal(VaultFailure.AlreadyExists, Refusal(() => keyring.CreateProjectKeys(Some.Uuid("gone"))));
        Assert.All(sealing.SealingKeys.Append(sealing.Ledger), key => Assert.True(key.Secret.IsDisposed));
        using var again = Open();
        Assert.Equal([Some.Uuid("gone")], again.ErasedProjects.Select(one => one.Project));
        Assert.Equal(VaultFailure.KeyMissing, Refusal(() => again.DestroyProjectKeys(Some.Uuid("gone"))));
    }

    [Fact]
    public void Erasing_reaches_the_copies_in_backup_directories_and_tells_which_it_cannot()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("gone"));
        var (near, far) = (Path.Combine(Scratch.Path, "near"), Path.Combine(Scratch.Path, "far"));
        foreach (var target in new[] { near, near, far })
        {
            KeyringTargets.Add(Files.KeyringPaths, target);
        }

        keyring.CopyTo(KeyringTargets.KeyringPathsIn(near));

        var destroyed = keyring.DestroyProjectKeys(Some.Uuid("gone"));

        Assert.Equal([true, true, true, true, false, false], destroyed.Copies.Select(copy => copy.Problem is null));
        Assert.All(KeyringTargets.KeyringPathsIn(near), path => Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(path)));
        using var root = RootKey.Read(Files.RootKeyPath);
        using var holder = Keyring.OpenReadOnly(root, KeyringTargets.KeyringPathsIn(near), TimeProvider.System);
        Assert.Null(holder.FindProjectKeys(Some.Uuid("gone")));
    }

    [Fact]
    public void Erasing_looks_at_its_own_copies_too()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("gone"));
        var before = File.ReadAllBytes(Files.KeyringPaths[1]);
        keyring.DestroyProjectKeys(Some.Uuid("gone"));

        // As if the writer had died between the two, or the second had been put back.
        File.WriteAllBytes(Files.KeyringPaths[1], before);
        var copies = keyring.ReplaceAll();

        Assert.All(copies, copy => Assert.Null(copy.Problem));
        Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(Files.KeyringPaths[1]));
        File.Delete(Files.KeyringPaths[1]);
        Directory.CreateDirectory(Files.KeyringPaths[1]);
        Assert.Equal([true, false], keyring.ReplaceAll().Select(copy => copy.Problem is null));
        Directory.Delete(Files.KeyringPaths[1]);
    }

    [Fact]
    public async Task A_copy_waits_for_whoever_changes_the_keyring_at_that_moment()
    {
        var token = TestContext.Current.CancellationToken;
        using var keyring = Create();
        using var backup = Open();
        var target = KeyringTargets.KeyringPathsIn(Path.Combine(Scratch.Path, "target"));
        Task copying;
        await using (new FileStream(Files.KeyringPaths[0] + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            copying = Task.Run(() => backup.CopyTo(target), token);
            Assert.NotSame(copying, await Task.WhenAny(copying, Task.Delay(200, token)));
        }

        await copying;
        Assert.Equal(await File.ReadAllBytesAsync(Files.KeyringPaths[0], token), await File.ReadAllBytesAsync(target[1], token));
    }
}
