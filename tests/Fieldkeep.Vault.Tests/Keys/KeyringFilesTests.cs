using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>The files of the keyring: lost, damaged, older, forged, or in too few places.</summary>
public sealed class KeyringFilesTests : KeyringStage
{
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
        Assert.Empty(Directory.GetFiles(Scratch.Path, "*.new", SearchOption.AllDirectories));
    }

    [Fact]
    public void More_entries_than_are_read_again_are_never_written_and_notes_leave_room_for_keys()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("p"));
        var before = File.ReadAllBytes(Files.KeyringPaths[0]);
        var rows = Enumerable.Range(0, Keyring.MostNotes + 1).Select(row => new Guid(row, 0, 0, new byte[8])).ToList();
        Assert.Equal(VaultFailure.TooLarge, Refusal(() => keyring.NoteErased(Some.Uuid("p"), rows)));
        Assert.Equal(before, File.ReadAllBytes(Files.KeyringPaths[0]));

        var plan = new byte[Keyring.MostPlanBytes];
        var orders = Enumerable.Range(0, (int)(Keyring.MostBytesOfNotes / plan.Length) + 1).Select(order => (new Guid(order, 1, 0, new byte[8]), plan)).ToList();
        var one = orders[..1];
        Assert.Equal(
            VaultFailure.TooLarge,
            Refusal(() => KeyringChanges.AddOrders(keyring.Opened, KeyKind.RewriteOrder, Some.Uuid("p"), orders, DateTimeOffset.UnixEpoch)));
        Assert.NotNull(KeyringChanges.AddOrders(keyring.Opened, KeyKind.RewriteOrder, Some.Uuid("p"), one, DateTimeOffset.UnixEpoch));

        using var root = RootKey.Read(Files.RootKeyPath);
        var content = keyring.Opened.Content;
        var entry = content.Entries[0];
        Assert.Equal(
            VaultFailure.TooLarge,
            Refusal(() => (content with { Entries = [.. Enumerable.Repeat(entry, KeyringContent.MaxEntries + 1)] }).Write(root)));
    }

    [Fact]
    public void A_new_recovery_key_is_told_though_the_second_copy_has_no_room()
    {
        using var keyring = Create();
        Block(Files.KeyringPaths[1]);

        var recovery = keyring.CreateRecoveryKey();
        using (var root = RootKey.Recover([Files.KeyringPaths[0]], recovery))
        {
            Assert.Equal(keyring.RootFingerprint, root.Fingerprint);
        }

        var older = File.ReadAllBytes(Files.KeyringPaths[0]);
        var before = RootKey.Read(Files.RootKeyPath);
        var (turned, copies) = keyring.RotateRoot();
        Assert.Equal([Files.KeyringPaths[1]], copies.Where(copy => copy.Problem is not null).Select(copy => copy.Path));
        using (var root = RootKey.Recover([Files.KeyringPaths[0]], turned))
        {
            Assert.Equal(keyring.RootFingerprint, root.Fingerprint);
        }

        // As if the second copy had stayed as it was: what opens it is there until it is replaced, and then it goes.
        Directory.Delete(Files.KeyringPaths[1]);
        File.WriteAllBytes(Files.KeyringPaths[1], older);
        using (var still = RootKey.Read(Files.RootKeyPath))
        {
            Assert.Equal(before.Fingerprint, still.Fingerprint);
            Assert.Equal(before.Fingerprint, Keyring.ReadRootFingerprint([Files.KeyringPaths[1]]));
        }

        Assert.Equal([Files.KeyringPaths[1]], keyring.CatchUp().Select(copy => copy.Path));
        Assert.Empty(keyring.CatchUp());
        using (var root = RootKey.Read(Files.RootKeyPath))
        {
            Assert.Equal(keyring.RootFingerprint, root.Fingerprint);
        }

        Assert.Equal(File.ReadAllBytes(Files.KeyringPaths[0]), File.ReadAllBytes(Files.KeyringPaths[1]));
        before.Dispose();
        Block(Files.KeyringPaths[1]);

        // With neither copy written nothing was made, and that is told.
        Block(Files.KeyringPaths[0] + ".new");
        Assert.ThrowsAny<Exception>(() => keyring.CreateRecoveryKey());
        using var last = RootKey.Recover([Files.KeyringPaths[0]], turned);
        Assert.Equal(keyring.RootFingerprint, last.Fingerprint);
    }

    [Fact]
    public void One_project_does_not_take_the_room_of_all_with_its_holds()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("p"));
        var holds = Enumerable.Range(0, Keyring.MostHoldsOfProject)
            .Select(hold => new KeyringEntry(KeyKind.Hold, KeyState.OpensOnly, Some.Uuid("p"), new KeyId(new Guid(hold, 2, 0, new byte[8])), DateTimeOffset.UnixEpoch, [1]));
        using var root = RootKey.Read(Files.RootKeyPath);
        var content = keyring.Opened.Content;
        var full = OpenedKeyring.Open(root, content with { Entries = [.. content.Entries, .. holds] }, _ => null);
        var another = new HoldNote(Some.Uuid("p"), Some.Uuid("hold"), [1], DateTimeOffset.UnixEpoch);

        Assert.Equal(VaultFailure.TooLarge, Refusal(() => KeyringChanges.NoteHold(full, another, [], isOfProject: false)));

        // One on the whole project always fits, and one on what was held and let go before.
        Assert.Equal(full.Content.Entries.Count + 1, KeyringChanges.NoteHold(full, another, [], isOfProject: true).Entries.Count);
        Assert.Equal(full.Content.Entries.Count, KeyringChanges.NoteHold(full, another, [new Guid(9, 2, 0, new byte[8])], isOfProject: false).Entries.Count);

        // One that is remembered can be lifted.
        Assert.Equal(
            full.Content.Entries.Count,
            KeyringChanges.NoteHold(full, another with { Id = new Guid(7, 2, 0, new byte[8]) }, [], isOfProject: false).Entries.Count);
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
        var alone = Path.Combine(Scratch.Path, "alone", "keyring");
        Directory.CreateDirectory(Path.GetDirectoryName(alone) ?? "");
        File.Copy(Files.KeyringPaths[1], alone);
        using var read = Keyring.OpenReadOnly(root, [alone], TimeProvider.System);
        Assert.Single(read.Projects);
        Assert.Single(Directory.GetFileSystemEntries(Path.GetDirectoryName(alone) ?? ""));
    }

    [Fact]
    public void Two_keyrings_of_one_generation_with_other_keys_are_told_and_neither_is_written_over()
    {
        using var keyring = Create();
        var (before, there) = (File.ReadAllBytes(Files.KeyringPaths[0]), Path.Combine(Scratch.Path, "there", "keyring"));
        keyring.CreateProjectKeys(Some.Uuid("p"));
        var one = File.ReadAllBytes(Files.KeyringPaths[0]);
        foreach (var path in Files.KeyringPaths)
        {
            File.WriteAllBytes(path, before);
        }

        // As where a lock holds only on the machine that takes it.
        using var other = Open();
        other.CreateProjectKeys(Some.Uuid("q"));
        Directory.CreateDirectory(Path.GetDirectoryName(there) ?? "");
        File.WriteAllBytes(there, one);
        Assert.Equal(VaultFailure.CopyIsNewer, Refusal(() => other.CopyTo([there])));
        Assert.Equal(one, File.ReadAllBytes(there));

        File.WriteAllBytes(Files.KeyringPaths[1], one);
        Assert.Equal(VaultFailure.KeyringForked, Refusal(() => Open().Dispose()));
        Assert.Equal(VaultFailure.KeyringForked, Refusal(() => other.CreateProjectKeys(Some.Uuid("r"))));
        Assert.Equal(one, File.ReadAllBytes(Files.KeyringPaths[1]));
    }

    [Fact]
    public void Whoever_is_not_told_of_changes_looks_before_using_a_key()
    {
        using var keyring = Create();
        keyring.CreateProjectKeys(Some.Uuid("p"));
        using var other = Open();
        keyring.DestroyProjectKeys(Some.Uuid("p"));
        Assert.NotNull(other.FindProjectKeys(Some.Uuid("p")));

        other.IsTold = () => false;
        Assert.Null(other.FindProjectKeys(Some.Uuid("p")));
    }

    // As a full disk does: nothing can be put there.
    private static void Block(string path)
    {
        File.Delete(path);
        Directory.CreateDirectory(path);
    }
}
