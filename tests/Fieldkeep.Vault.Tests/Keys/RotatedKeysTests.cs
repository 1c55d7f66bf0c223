using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>New keys of a project, of the epoch and of the root: what was sealed opens, and the old ones open nothing new.</summary>
public sealed class RotatedKeysTests : KeyringStage
{
    [Fact]
    public void After_rotation_the_old_key_opens_and_the_new_one_seals()
    {
        using var keyring = Create();
        var before = keyring.CreateProjectKeys(Some.Uuid("p"));
        var envelope = Envelope.Seal(before.Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(5));
        var after = keyring.RotateProjectKey(Some.Uuid("p"));
        Assert.NotEqual(before.Primary.Id, after.Primary.Id);
        Assert.True(after.Get(before.Primary.Id).OpensOnly);
        Assert.Equal(Some.Bytes(5), Envelope.Open(after, EnvelopePurpose.Record, Some.Place(), envelope));
        Assert.Equal(before.BlindIndex.Compute("d", "v"), after.BlindIndex.Compute("d", "v"));
    }

    [Fact]
    public void Confidential_answers_have_keys_of_their_own_that_rotate_with_the_projects_and_places_stay_displaced_alike()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("p"));
        var before = keyring.GetConfidentialKeys(Some.Uuid("p"));
        Assert.NotEqual(before.Primary.Id, before.SealingFor(EnvelopePurpose.Confidential).Id);
        Assert.Equal(before.Primary.Id, before.SealingFor(EnvelopePurpose.Record).Id);
        var envelope = Envelope.Seal(before.SealingFor(EnvelopePurpose.Confidential), EnvelopePurpose.Confidential, Some.Place(), Some.Bytes(5));
        var displaced = before.Mask?.Compute("d", "v");

        var after = keyring.RotateProjectKey(Some.Uuid("p"));

        Assert.True(after.Get(before.SealingFor(EnvelopePurpose.Confidential).Id).OpensOnly);
        var fresh = Envelope.Reseal(after, EnvelopePurpose.Confidential, Some.Place(), envelope);
        Assert.Equal(after.SealingFor(EnvelopePurpose.Confidential).Id, Envelope.KeyOf(fresh));
        Assert.Equal(Some.Bytes(5), Envelope.Open(after, EnvelopePurpose.Confidential, Some.Place(), fresh));
        Assert.Equal(displaced, after.Mask?.Compute("d", "v"));
        keyring.DestroyDataKeys(Some.Uuid("p"), new HashSet<KeyId> { before.SealingFor(EnvelopePurpose.Confidential).Id });
        Assert.Null(keyring.GetProjectKeys(Some.Uuid("p")).Find(before.SealingFor(EnvelopePurpose.Confidential).Id));
    }

    [Fact]
    public void A_new_root_key_opens_everything_and_the_old_one_nothing()
    {
        using var keyring = Create();
        using var server = Open();
        var keys = keyring.CreateProjectKeys(Some.Uuid("p"));
        var envelope = Envelope.Seal(keys.Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(5));
        var (older, recovery) = (RootKey.Read(Files.RootKeyPath), keyring.CreateRecoveryKey());
        var target = Path.Combine(Scratch.Path, "target");
        KeyringTargets.Add(Files.KeyringPaths, target);
        Assert.Equal(VaultFailure.CopyUnreachable, Refusal(() => keyring.RotateRoot()));
        keyring.CopyTo(KeyringTargets.KeyringPathsIn(target));

        var fresh = keyring.RotateRoot().RecoveryKey;

        string[] copies = [.. Files.KeyringPaths, .. KeyringTargets.KeyringPathsIn(target)];
        Assert.All(copies, path => Assert.Equal(VaultFailure.RootKeyMismatch, Refusal(() => Keyring.OpenReadOnly(older, [path], TimeProvider.System))));
        Assert.Equal(VaultFailure.RecoveryKeyWrong, Refusal(() => RootKey.Recover(Files.KeyringPaths, recovery)));
        using var recovered = RootKey.Recover(KeyringTargets.KeyringPathsIn(target), fresh);
        using var again = Open();
        Assert.Equal(again.RootFingerprint, recovered.Fingerprint);
        // One that runs on takes the new root key by itself, reading and writing.
        server.Reload();
        Assert.Equal(again.RootFingerprint, server.RootFingerprint);
        server.CreateProjectKeys(Some.Uuid("q"));
        Assert.All((Keyring[])[again, server], one => Assert.Equal(
            Some.Bytes(5), Envelope.Open(one.GetProjectKeys(Some.Uuid("p")), EnvelopePurpose.Record, Some.Place(), envelope)));
        AssertSameCopies();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_root_keys_turn_that_was_killed_is_taken_back_or_finished(int copiesWritten)
    {
        Create().Dispose();
        var before = Files.KeyringPaths.Append(Files.RootKeyPath).ToDictionary(path => path, File.ReadAllBytes);
        using (var keyring = Open())
        {
            keyring.RotateRoot();
        }

        // As it was when so many copies were written and the files had not changed places.
        File.Move(Files.RootKeyPath, Files.RootKeyPath + ".next");
        foreach (var path in Files.KeyringPaths.Skip(copiesWritten).Append(Files.RootKeyPath))
        {
            File.Delete(path);
            File.WriteAllBytes(path, before[path]);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        using (var again = Open())
        {
            again.CreateProjectKeys(Some.Uuid("p"));
            again.RotateRoot();
        }

        Assert.False(File.Exists(Files.RootKeyPath + ".next"));
        using var last = Open();
        Assert.NotNull(last.FindProjectKeys(Some.Uuid("p")));
        AssertSameCopies();
    }

    [Fact]
    public void A_new_epoch_wraps_every_key_anew_and_opens_all_that_was_sealed()
    {
        using var keyring = Create();
        var keys = keyring.CreateProjectKeys(Some.Uuid("p"));
        var envelope = Envelope.Seal(keys.Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(5));
        var (epoch, pepper) = (keyring.Epoch, keyring.Pepper.Compute("d", "v"));

        keyring.RotateEpoch();

        Assert.NotEqual(epoch, keyring.Epoch);
        using var again = Open();
        Assert.Equal(pepper, again.Pepper.Compute("d", "v"));
        Assert.Equal(Some.Bytes(5), Envelope.Open(again.GetProjectKeys(Some.Uuid("p")), EnvelopePurpose.Record, Some.Place(), envelope));
        AssertSameCopies();
    }
}
