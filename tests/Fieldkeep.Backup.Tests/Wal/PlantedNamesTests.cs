using System.Diagnostics;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

/// <summary>What somebody who may write into the backup directory puts there, without PostgreSQL.</summary>
public sealed class PlantedNamesTests : IDisposable
{
    private static readonly WalPast Past = new(7_551_234_567_890_123_456, 1);

    private static readonly Lsn Start = new(WalSegment.Bytes);

    private readonly ScratchFolder _folder = new();
    private readonly Keyring _keyring;
    private readonly WalShelf _shelf;

    public PlantedNamesTests()
    {
        _keyring = Keyring.Create(KeyringFiles.Below(Path.Combine(_folder.Path, "data")), TimeProvider.System);
        _shelf = new WalShelf(new BackupStore(Target), _keyring.InstallationId, _keyring.BackupKey);
        using var file = _shelf.Begin(Past, 1, Start);
        file.Append(WalFrame.ClockOf(DateTimeOffset.UnixEpoch), new byte[1000]);
        file.Sync();
    }

    private string Target => Path.Combine(_folder.Path, "backup");

    private string PastFolder => Path.Combine(Target, "wal", Past.System.ToString("x16", null), "00000001");

    private WalFile Own => Assert.Single(_shelf.Files(Past, 1));

    public void Dispose()
    {
        _keyring.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_past_a_timeline_and_a_history_count_only_when_they_open()
    {
        foreach (var planted in new[] { "FFFFFFFF", "7FFFFFFE", "00000009", "0000000G", "9", "-0000001" })
        {
            Directory.CreateDirectory(Path.Combine(PastFolder, planted));
            Directory.CreateDirectory(Path.Combine(PastFolder, "..", planted, "00000001"));
            File.Copy(Own.Path, Path.Combine(PastFolder, planted, "0000000900000000" + Path.GetFileName(Own.Path)[16..]));
            File.WriteAllText(Path.Combine(PastFolder, planted + ".history.fkw"), "1\t0/5000000\tplanted");
        }

        // A copy of the timeline's own files below another past is no other past.
        File.Copy(Own.Path, Path.Combine(PastFolder, "..", "00000009", "00000001", Path.GetFileName(Own.Path)));

        Assert.Equal([Past], _shelf.Pasts(Past.System));
        Assert.Equal([1U], _shelf.Timelines(Past));
        Assert.Empty(_shelf.Histories(Past));
        Assert.Equal(2U, _shelf.NextPast(Past.System).Number);
        Directory.CreateDirectory(Path.Combine(PastFolder, "..", "00000002"));
        Assert.Equal(3U, _shelf.NextPast(Past.System).Number);
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("00000001FFFFFFFF000000FF")]
    [InlineData("000000014000000000000000")]
    [InlineData("000000000000000000000001")]
    [InlineData("+00000010000000000000001")]
    public void A_segment_that_no_log_reaches_is_none(string name)
    {
        Assert.Null(WalSegment.TryParse(name));
        File.WriteAllBytes(Path.Combine(PastFolder, "00000001", name + ".00000000.00000000.fkw"), [1]);
        Assert.Equal(Start + 1000, WalRunReader.FindEnd(_shelf, Past, 1));
    }

    [Fact]
    public void Links_and_pipes_are_neither_read_nor_written_through()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_folder.Path, "outside")).FullName;
        var folder = Path.Combine(PastFolder, "00000001");
        File.CreateSymbolicLink(Path.Combine(folder, "000000010000000000000001.000003E8.00000000.fkw"), Own.Path);
        using (var pipe = Process.Start("mkfifo", [Path.Combine(folder, "000000010000000000000001.000003E9.00000000.fkw")]))
        {
            pipe.WaitForExit();
        }

        Assert.Equal(Start + 1000, WalRunReader.FindEnd(_shelf, Past, 1));

        File.CreateSymbolicLink(Path.Combine(PastFolder, "00000002"), outside);
        File.CreateSymbolicLink(Path.Combine(Target, "wal", "blobs"), outside);
        Assert.Equal(BackupTrouble.Damaged, Assert.Throws<BackupException>(() => _shelf.Begin(Past, 2, Start)).Reason);
        Assert.Throws<BackupException>(_shelf.BeginBlobs);
        Assert.Empty(_shelf.BlobLists());
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Fact]
    public void Locks_and_manifests_are_taken_through_no_link_and_from_no_pipe()
    {
        var outside = Path.Combine(_folder.Path, "outside");
        var store = new BackupStore(Target);
        File.CreateSymbolicLink(Path.Combine(Target, "lock"), outside);
        File.CreateSymbolicLink(Path.Combine(Target, "wal", "lock"), outside);
        Assert.Throws<IOException>(store.Lock);
        Assert.Throws<IOException>(_shelf.Lock);
        Assert.False(File.Exists(outside));

        var folder = Directory.CreateDirectory(store.FolderOf("zzz")).FullName;
        using (var pipe = Process.Start("mkfifo", [Path.Combine(folder, BackupStore.ManifestName)]))
        {
            pipe.WaitForExit();
        }

        Assert.Equal(BackupTrouble.Damaged, Assert.Throws<BackupException>(() => VerifyBackup.OpenManifest(folder, _keyring)).Reason);
        Assert.Equal(BackupTrouble.Damaged, Assert.Throws<BackupException>(() => VerifyBackup.ReadNewestClearManifest(store)).Reason);
        File.Delete(Path.Combine(folder, BackupStore.ManifestName));
        File.WriteAllBytes(Path.Combine(folder, BackupStore.ManifestName), new byte[(16 << 20) + 1]);
        Assert.Throws<BackupException>(() => VerifyBackup.OpenManifest(folder, _keyring));
    }

    [Fact]
    public void A_list_of_blobs_that_is_damaged_holds_up_no_other()
    {
        var hash = new string('a', 64);
        foreach (var path in new[] { "aa/one", "aa/two", "aa/three" })
        {
            using var list = _shelf.BeginBlobs();
            list.Append(0, BlobList.Line(new BlobEntry(hash, 1, path)));
            list.Sync();
        }

        var lists = _shelf.BlobLists();
        var bytes = File.ReadAllBytes(lists[0]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(lists[0], bytes);
        File.WriteAllText(Path.Combine(Target, "wal", "blobs", "zzz.fkw"), new string('x', 200));
        var (told, taken) = (new List<string>(), new List<string>());

        _shelf.ReadBlobs(told.Add, noted => taken.Add(noted.Entry.Path));

        Assert.Equal((2, 2), (taken.Count, told.Count));
        Assert.Contains(lists[0], told[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_is_not_mounted_is_not_written_beside_its_place()
    {
        KeyringTargets.Add(KeyringFiles.Below(Path.Combine(_folder.Path, "data")).KeyringPaths, Target);
        var store = new BackupStore(Target) { Ids = [KeyringTargets.FindId(Target) ?? ""] };
        var shelf = new WalShelf(store, _keyring.InstallationId, _keyring.BackupKey);
        shelf.Begin(Past, 2, Start).Dispose();
        Directory.Move(Target, Target + ".unmounted");
        foreach (var isEmptyPlace in new[] { false, true })
        {
            if (isEmptyPlace)
            {
                Directory.CreateDirectory(Target);
            }

            Assert.Equal(BackupTrouble.WrongFolder, Assert.Throws<BackupException>(() => shelf.Begin(Past, 2, Start)).Reason);
            Assert.Throws<BackupException>(shelf.Lock);
            Assert.Throws<BackupException>(shelf.BeginBlobs);
            Assert.Throws<BackupException>(() => shelf.KeepHistory(Past, 2, [1]));
            Assert.Throws<BackupException>(store.Lock);
            Assert.True(isEmptyPlace ? !Directory.EnumerateFileSystemEntries(Target).Any() : !Directory.Exists(Target));
        }
    }

    [Theory]
    [InlineData(0x2000, 64, 0x2010, true)] // a record of 64 bytes of which 16 are there
    [InlineData(0x2000, 64, 0x2058, false)] // all of it, after the page's header of 24
    [InlineData(0x2100, 0, 0x2140, false)] // nothing was written there, and more is kept
    [InlineData(0x2100, 64, 0x2102, true)]
    [InlineData(0x2100, 64, 0x2100, true)]
    [InlineData(0x2100, 64, 0x20F0, true)]
    [InlineData(0x3F00, 20_000, 0x6000, true)] // over pages: 256 + 8168 + 8168 bytes of it lie before 0x8000
    [InlineData(0x3F00, 16_592, 0x8000, false)]
    [InlineData(0x3F00, 16_593, 0x8000, true)]
    public void Replaying_ended_at_the_end_if_only_a_part_of_a_record_follows(int ended, int recordBytes, int kept, bool isEnd) =>
        Assert.Equal(isEnd, LogEnd.IsAt(Start + ended, Start + kept, (_, bytes) =>
        {
            BitConverter.TryWriteBytes(bytes, recordBytes);
            return bytes.Length;
        }));
}
