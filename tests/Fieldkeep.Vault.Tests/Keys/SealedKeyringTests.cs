using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>What can be told of two keyrings without the root key: what a server does of itself is not told, and what none does is.</summary>
public sealed class SealedKeyringTests : KeyringStage
{
    private static readonly Guid One = Some.Uuid("1");
    private static readonly Guid Two = Some.Uuid("2");

    [Fact]
    public void New_projects_new_keys_of_a_project_and_a_new_epoch_are_silent()
    {
        using var keyring = Create();
        AssertSilent(() => keyring.CreateRecoveryKey());
        AssertSilent(() => keyring.CreateProjectKeys(One));
        AssertSilent(() => keyring.CreateProjectKeys(Two));
        AssertSilent(() => keyring.RotateProjectKey(One));
        AssertSilent(() => keyring.RotateEpoch());
    }

    [Fact]
    public void An_erasure_takes_the_keys_of_its_project_and_no_others()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(One);
        keyring.CreateProjectKeys(Two);
        var before = Sealed();
        keyring.DestroyProjectKeys(One);
        Assert.False(Sealed().LacksOwnOf(before));
        Assert.Equal([One], Sealed().ProjectsWithKeysGone(before));
    }

    [Fact]
    public void A_new_recovery_key_and_a_new_root_key_are_seen_and_no_key_is_missed()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(One);
        keyring.CreateRecoveryKey();
        var before = Sealed();
        keyring.CreateRecoveryKey();
        var second = Sealed();
        Assert.False(second.HasRecoveryOf(before));
        Assert.True(second.HasRootOf(before));
        Assert.False(second.LacksOwnOf(before));

        keyring.RotateRoot();
        Assert.False(Sealed().HasRootOf(second));
        Assert.False(Sealed().LacksOwnOf(second));
    }

    [Fact]
    public void A_key_that_is_another_projects_now_and_a_recovery_key_that_is_gone_are_missed()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(One);
        keyring.CreateProjectKeys(Two);
        keyring.CreateRecoveryKey();
        var before = Sealed();
        var content = KeyringContent.Read(File.ReadAllBytes(Files.KeyringPaths[0]), "keyring");
        var moved = content with
        {
            Entries = [.. content.Entries.Select(entry => entry.Kind == KeyKind.ProjectData && entry.Project == One ? entry with { Project = Two } : entry)],
        };
        using var root = RootKey.Read(Files.RootKeyPath);
        Assert.True(SealedKeyring.Read(moved.Write(root), "moved").LacksOwnOf(before));
        Assert.True(SealedKeyring.Read((content with { RecoverySlot = null }).Write(root), "closed").LacksOwnOf(before));
        Assert.False(SealedKeyring.Read(content.Write(root), "same").LacksOwnOf(before));
    }

    private void AssertSilent(Action change)
    {
        var before = Sealed();
        change();
        var after = Sealed();
        Assert.False(after.LacksOwnOf(before));
        Assert.True(after.HasRootOf(before));
        Assert.True(after.HasRecoveryOf(before));
        Assert.Empty(after.ProjectsWithKeysGone(before));
    }

    private SealedKeyring Sealed() => SealedKeyring.Read(File.ReadAllBytes(Files.KeyringPaths[0]), "keyring");
}
