using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>The keys of an installation: each its own, the same after a restart, and the same for everyone who has them open.</summary>
public sealed class KeyringTests : KeyringStage
{
    [Fact]
    public void Keys_are_the_same_after_a_restart()
    {
        var project = Some.Uuid("p");
        byte[] envelope, pepper;
        Guid installation;
        using (var keyring = Create())
        {
            installation = keyring.InstallationId;
            pepper = keyring.Pepper.Compute("token", "abc");
            envelope = Envelope.Seal(
                keyring.CreateProjectKeys(project).Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(100));
        }

        using var again = Open();
        Assert.Equal(installation, again.InstallationId);
        Assert.Equal(pepper, again.Pepper.Compute("token", "abc"));
        Assert.Equal(
            Some.Bytes(100), Envelope.Open(again.GetProjectKeys(project), EnvelopePurpose.Record, Some.Place(), envelope));
        Assert.Empty(again.LaggingCopies);
    }

    [Fact]
    public void Every_branch_has_a_key_of_its_own()
    {
        using var keyring = Create();
        var secrets = new[] { keyring.InstallationKey, keyring.JournalKey, keyring.BackupKey, keyring.CreateProjectKeys(Some.Uuid("p")).Primary }
            .Select(key => Convert.ToHexString(key.Secret.Span));
        Assert.Equal(4, secrets.Distinct().Count());
        Assert.NotEqual(keyring.Pepper.Compute("d", "v"), keyring.SessionKey.Compute("d", "v"));
    }

    [Fact]
    public void A_blind_index_differs_by_project_and_domain_and_joins_nothing()
    {
        using var keyring = Create();
        var one = keyring.CreateProjectKeys(Some.Uuid("1")).BlindIndex;
        var two = keyring.CreateProjectKeys(Some.Uuid("2")).BlindIndex;
        Assert.Equal(one.Compute("a.name", "photo.jpg"), one.Compute("a.name", "photo.jpg"));
        Assert.NotEqual(one.Compute("a.name", "photo.jpg"), two.Compute("a.name", "photo.jpg"));
        Assert.NotEqual(one.Compute("a.name", "photo.jpg"), one.Compute("a.namep", "hoto.jpg"));
    }

    [Fact]
    public void The_ledger_key_signs_and_its_public_half_verifies()
    {
        using var keyring = Create();
        var signature = keyring.LedgerSigningKey.Sign("checkpoint"u8);
        Assert.Equal(64, signature.Length);
        Assert.True(SigningKey.Verify(keyring.LedgerSigningKey.PublicKey, "checkpoint"u8, signature));
        Assert.False(SigningKey.Verify(keyring.LedgerSigningKey.PublicKey, "checkpoinT"u8, signature));
    }

    [Fact]
    public void A_second_process_sees_projects_the_first_one_made()
    {
        using var server = Create();
        using var commandLine = Open();
        var made = commandLine.CreateProjectKeys(Some.Uuid("p"));
        Assert.Equal(made.Primary.Id, server.GetProjectKeys(Some.Uuid("p")).Primary.Id);
        var rotated = commandLine.RotateProjectKey(Some.Uuid("p"));
        var envelope = Envelope.Seal(rotated.Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(5));
        Assert.Equal(
            Some.Bytes(5), Envelope.Open(server.GetProjectKeys(Some.Uuid("p")), EnvelopePurpose.Record, Some.Place(), envelope));
    }

    [Fact]
    public async Task Writers_at_the_same_time_lose_nothing()
    {
        using var first = Create();
        using var second = Open();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Factory.StartNew(
            () => (n % 2 == 0 ? first : second).CreateProjectKeys(Some.Uuid("p" + n)),
            TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        using var third = Open();
        Assert.Equal(20, third.Projects.Count);
        Assert.Equal(21, third.Generation);
        AssertSameCopies();
    }

    [Fact]
    public void A_project_has_keys_only_once_and_only_after_creation()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("p"));
        Assert.Equal(VaultFailure.AlreadyExists, Refusal(() => keyring.CreateProjectKeys(Some.Uuid("p"))));
        Assert.Equal(VaultFailure.KeyMissing, Refusal(() => keyring.GetProjectKeys(Some.Uuid("q"))));
        Assert.Null(keyring.FindProjectKeys(Some.Uuid("q")));
    }
}
