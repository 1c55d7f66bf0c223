using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

public sealed class KeyringTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    private KeyringFiles Files => _directory.Files;

    public void Dispose() => _directory.Dispose();

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
        Assert.Equal(["project", "data", "blind-index", "ledger", "data"], destroyed.Keys.Select(key => key.Kind));
        Assert.Equal(5, destroyed.Keys.Select(key => key.Fingerprint).Distinct().Count());
        Assert.Equal((epoch, keyring.Epoch, keyring.Generation), (destroyed.EpochBefore, destroyed.EpochAfter, destroyed.Generation));
        Assert.NotEqual(destroyed.EpochBefore, destroyed.EpochAfter);
        Assert.Equal(VaultFailure.AlreadyExists, Refusal(() => keyring.CreateProjectKeys(Some.Uuid("gone"))));
        Assert.All(sealing.DataKeys.Append(sealing.Ledger), key => Assert.True(key.Secret.IsDisposed));
        using var again = Open();
        Assert.Equal([Some.Uuid("gone")], again.ErasedProjects.Select(one => one.Project));
        Assert.Equal(VaultFailure.KeyMissing, Refusal(() => again.DestroyProjectKeys(Some.Uuid("gone"))));
    }

    [Fact]
    public void Erasing_reaches_the_copies_in_backup_directories_and_tells_which_it_cannot()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("gone"));
        var (near, far) = (Path.Combine(_directory.Path, "near"), Path.Combine(_directory.Path, "far"));
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
        var target = KeyringTargets.KeyringPathsIn(Path.Combine(_directory.Path, "target"));
        Task copying;
        await using (new FileStream(Files.KeyringPaths[0] + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            copying = Task.Run(() => backup.CopyTo(target), token);
            Assert.NotSame(copying, await Task.WhenAny(copying, Task.Delay(200, token)));
        }

        await copying;
        Assert.Equal(await File.ReadAllBytesAsync(Files.KeyringPaths[0], token), await File.ReadAllBytesAsync(target[1], token));
    }

    [Fact]
    public void A_new_root_key_opens_everything_and_the_old_one_nothing()
    {
        using var keyring = Create();
        using var server = Open();
        var keys = keyring.CreateProjectKeys(Some.Uuid("p"));
        var envelope = Envelope.Seal(keys.Primary, EnvelopePurpose.Record, Some.Place(), Some.Bytes(5));
        var (older, recovery) = (RootKey.Read(Files.RootKeyPath), keyring.CreateRecoveryKey());
        var target = Path.Combine(_directory.Path, "target");
        KeyringTargets.Add(Files.KeyringPaths, target);
        Assert.Equal(VaultFailure.CopyUnreachable, Refusal(() => keyring.RotateRoot()));
        keyring.CopyTo(KeyringTargets.KeyringPathsIn(target));

        var fresh = keyring.RotateRoot();

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

    [Fact]
    public void What_a_killed_writer_left_behind_does_no_harm()
    {
        using (var keyring = Create())
        {
            keyring.CreateProjectKeys(Some.Uuid("p"));
            // Killed after the first copy of the next write, in the middle of the second one.
            var older = File.ReadAllBytes(Files.KeyringPaths[1]);
            keyring.CreateProjectKeys(Some.Uuid("q"));
            File.WriteAllBytes(Files.KeyringPaths[1], older);
            File.WriteAllBytes(Files.KeyringPaths[1] + ".new", older[..100]);
            File.WriteAllBytes(Files.KeyringPaths[0] + ".new", []);
        }

        using var again = Open();
        Assert.Equal(2, again.Projects.Count);
        Assert.Equal([Files.KeyringPaths[1]], again.LaggingCopies);
        again.CreateProjectKeys(Some.Uuid("r"));
        Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(Files.KeyringPaths[1]));
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.new", SearchOption.AllDirectories));
    }

    [Fact]
    public void One_lost_or_damaged_copy_is_written_anew()
    {
        Create().Dispose();
        File.Delete(Files.KeyringPaths[0]);
        using (var keyring = Open())
        {
            Assert.Equal([Files.KeyringPaths[0]], keyring.LaggingCopies);
        }

        var bytes = File.ReadAllBytes(Files.KeyringPaths[1]);
        bytes[300] ^= 1;
        File.WriteAllBytes(Files.KeyringPaths[1], bytes);
        using (var keyring = Open())
        {
            Assert.Equal([Files.KeyringPaths[1]], keyring.LaggingCopies);
        }

        Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(Files.KeyringPaths[1]));
    }

    [Fact]
    public void A_changed_or_shortened_keyring_is_refused_wherever_it_was_changed()
    {
        using var made = Create();
        made.CreateProjectKeys(Some.Uuid("p"));
        var good = File.ReadAllBytes(Files.KeyringPaths[0]);
        using var root = RootKey.Read(Files.RootKeyPath);
        for (var at = 0; at < good.Length; at++)
        {
            var bad = (byte[])good.Clone();
            bad[at] ^= 0x01;
            Assert.Throws<VaultException>(() => KeyringContent.Read(bad, "keyring"));
            Assert.Throws<VaultException>(() => KeyringContent.Read(good.AsSpan(0, at), "keyring"));
            System.Security.Cryptography.SHA256.HashData(bad.AsSpan(..^32)).CopyTo(bad.AsSpan(^32..));
            if (at < good.Length - 32)
            {
                // Someone who can compute the checksum still lacks the root key.
                Assert.Throws<VaultException>(() => OpenedKeyring.Open(root, KeyringContent.Read(bad, "keyring"), _ => null));
            }
        }
    }

    [Fact]
    public void Another_installations_root_key_does_not_fit()
    {
        Create().Dispose();
        using var other = RootKey.Create();
        Assert.Equal(VaultFailure.RootKeyMismatch, Refusal(() => Keyring.Open(other, Files, TimeProvider.System)));
    }

    [Fact]
    public void Keys_are_never_overwritten()
    {
        Create().Dispose();
        Assert.Equal(VaultFailure.AlreadyExists, Refusal(() => Create()));
        File.Delete(Files.RootKeyPath);
        Assert.Equal(VaultFailure.AlreadyExists, Refusal(() => Create()));
    }

    [Fact]
    public void A_keyring_with_one_copy_is_refused_unless_allowed()
    {
        var single = Files with { KeyringPaths = [Files.KeyringPaths[0]] };
        var same = Files with { KeyringPaths = [Files.KeyringPaths[0], Files.KeyringPaths[0]] };
        Assert.Equal(VaultFailure.TooFewCopies, Refusal(() => Keyring.Create(single, TimeProvider.System)));
        Assert.Equal(VaultFailure.TooFewCopies, Refusal(() => Keyring.Create(same, TimeProvider.System)));
        using var allowed = Keyring.Create(single with { AllowSingleCopy = true }, TimeProvider.System);
        Assert.Equal(1, allowed.Generation);
    }

    [Fact]
    public void Missing_files_are_named()
    {
        Assert.Equal(VaultFailure.RootKeyMissing, Refusal(() => Open()));
        using var root = RootKey.Create();
        Assert.Equal(VaultFailure.KeyringMissing, Refusal(() => Keyring.Open(root, Files, TimeProvider.System)));
    }

    [Fact]
    public void Key_files_are_for_their_owner_only()
    {
        Create().Dispose();
        Assert.All(Files.KeyringPaths, path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(Files.KeyringPaths[1]) ?? ""));
    }

    [Fact]
    public void A_read_only_keyring_needs_one_copy_and_writes_nothing()
    {
        using (var keyring = Create())
        {
            keyring.CreateProjectKeys(Some.Uuid("p"));
        }

        using var root = RootKey.Read(Files.RootKeyPath);
        var alone = Path.Combine(_directory.Path, "alone", "keyring");
        Directory.CreateDirectory(Path.GetDirectoryName(alone) ?? "");
        File.Copy(Files.KeyringPaths[1], alone);
        using var read = Keyring.OpenReadOnly(root, [alone], TimeProvider.System);
        Assert.Single(read.Projects);
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(alone) ?? ""));
    }

    private void AssertSameCopies() =>
        Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(Files.KeyringPaths[1]));

    private static VaultFailure Refusal(Action action) => Assert.Throws<VaultException>(action).Reason;

    private Keyring Create() => Keyring.Create(Files, TimeProvider.System);

    private Keyring Open() => Keyring.Open(Files, TimeProvider.System);
}
