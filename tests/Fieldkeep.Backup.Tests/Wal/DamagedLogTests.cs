using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

/// <summary>Sealed files as a receiver leaves them, without PostgreSQL: the bytes of the log are of no interest here.</summary>
public sealed class DamagedLogTests : IDisposable
{
    private const ulong System = 7_551_234_567_890_123_456;

    private static readonly WalPast Past = new(System, 1);

    private static readonly Lsn Start = new(0x12_FE00_0000);

    private readonly ScratchFolder _folder = new();
    private readonly Keyring _keyring;
    private readonly WalShelf _shelf;
    private readonly byte[] _log = new byte[3 * WalSegment.Bytes];

    public DamagedLogTests()
    {
        _keyring = Keyring.Create(KeyringFiles.Below(Path.Combine(_folder.Path, "data")), TimeProvider.System);
        _shelf = ShelfOf(_keyring);
        for (var at = 0; at < _log.Length; at++)
        {
            _log[at] = unchecked((byte)((at * 31) ^ (at >> 11)));
        }

        // A segment in two files, one in one, 4,000 bytes of a third; 4 GiB are passed between them.
        Write(0, 1_000_000);
        Write(1_000_000, WalSegment.Bytes - 1_000_000);
        Write(WalSegment.Bytes, WalSegment.Bytes);
        Write(2 * WalSegment.Bytes, 4_000);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IReadOnlyList<WalFile> Files => _shelf.Files(Past, 1);

    public void Dispose()
    {
        _keyring.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Whole_files_give_the_log_back_byte_for_byte()
    {
        var run = Read();

        Assert.Equal((Start + ((2 * WalSegment.Bytes) + 4_000), 3, null, null), (run.End, run.SegmentCount, run.Break, run.TornPath));
        Assert.Equal(run.End, WalRunReader.FindEnd(_shelf, Past, 1));
    }

    [Fact]
    public void A_changed_byte_in_a_file_with_more_after_it_is_found_and_the_file_named()
    {
        foreach (var file in Files.Take(3))
        {
            var good = File.ReadAllBytes(file.Path);
            foreach (var at in new[] { 0, 20, 33, 64, 96, 112, good.Length / 2, good.Length - 1 })
            {
                File.WriteAllBytes(file.Path, [.. good[..at], (byte)(good[at] ^ 16), .. good[(at + 1)..]]);
                Assert.Equal(file.Path, Read().Break?.Path);
            }

            File.WriteAllBytes(file.Path, good);
        }

        Assert.Null(Read().Break);
    }

    [Fact]
    public void Instants_over_which_the_clock_was_set_back_are_refused()
    {
        var noon = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
        using (var writer = _shelf.Begin(Past, 1, Start + (2 * WalSegment.Bytes) + 4_000))
        {
            foreach (var (minutes, bytes) in new[] { (10, 0), (10, 100), (0, 0), (5, 100), (20, 0) })
            {
                writer.Append(WalFrame.ClockOf(noon.AddMinutes(minutes)), _log.AsSpan((int)(writer.End - Start), bytes));
            }

            writer.Sync();
        }

        var run = Read();
        Assert.Equal([new ClockStep(noon.AddMinutes(10), noon)], run.Steps);
        foreach (var (minutes, isRefused) in new[] { (-1, false), (0, true), (5, true), (10, false), (20, false) })
        {
            var choice = new RestoreChoice("one", null!, noon.AddMinutes(minutes), 1, []); // no manifest is asked for
            var refused = Record.Exception(() => new WalReach(_shelf, choice).Require(run, new Progress<string>()));
            Assert.Equal(isRefused, refused is BackupException { Reason: BackupTrouble.NoBackup });
        }
    }

    [Fact]
    public void A_later_name_with_nothing_in_it_is_no_gap()
    {
        var whole = Read();
        var later = new WalSegment(1, Files[^1].Segment.Number + 3);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(Files[0].Path)!, $"{later}.00000000.00000000.fkw"), new string('x', 200)); // it lies in a folder
        var run = Read();
        Assert.Equal((whole.End, null), (run.End, run.Break));
    }

    [Fact]
    public void A_changed_byte_in_the_last_file_is_no_end_that_a_writer_leaves()
    {
        var file = Files[^1];
        var good = File.ReadAllBytes(file.Path);
        for (var at = 0; at < good.Length; at += 41)
        {
            File.WriteAllBytes(file.Path, [.. good[..at], (byte)(good[at] ^ 1), .. good[(at + 1)..]]);
            var run = Read(file.Start);
            Assert.Equal(file.Path, run.Break?.Path);
            Assert.True(run.End < file.Start + 4_000);
        }
    }

    [Fact]
    public void A_file_cut_off_is_a_gap_unless_it_is_the_last()
    {
        foreach (var file in Files.Take(3))
        {
            var good = File.ReadAllBytes(file.Path);
            foreach (var length in new[] { 0, 40, 96, 110, good.Length - 1 })
            {
                File.WriteAllBytes(file.Path, good[..length]);
                Assert.Equal(file.Path, Read().Break?.Path);
            }

            File.Delete(file.Path);
            Assert.NotNull(Read().Break);
            File.WriteAllBytes(file.Path, good);
        }

        var last = Files[^1];
        var whole = File.ReadAllBytes(last.Path);
        for (var length = 0; length < whole.Length; length += length < 300 ? 3 : 61)
        {
            File.WriteAllBytes(last.Path, whole[..length]);
            var run = Read(last.Start);
            Assert.Null(run.Break);
            Assert.True(run.End < last.Start + 4_000);
            Assert.True(run.TornPath == last.Path || IsAtFrame(length), $"cut to {length}");
        }

        File.WriteAllBytes(last.Path, [.. whole, .. new byte[777]]);
        Assert.Equal((null, last.Path, last.Start + 4_000), (Read().Break, Read().TornPath, Read().End));
    }

    [Fact]
    public void Files_that_were_swapped_or_put_back_from_before_are_found()
    {
        var (first, second) = (Files[0].Path, Files[2].Path);
        File.Move(first, first + ".aside");
        File.Move(second, first);
        File.Move(first + ".aside", second);
        Assert.Equal(first, Read().Break?.Path);
        File.Move(first, second + ".aside");
        File.Move(second, first);
        File.Move(second + ".aside", second);
        Assert.Null(Read().Break);

        // Yesterday's copy of a file: whole frames, but fewer.
        var good = File.ReadAllBytes(Files[1].Path);
        File.WriteAllBytes(Files[1].Path, good[..(WalFileHeader.Size + (3 * (WalFrame.HeaderBytes + 1000 + 16)))]);
        Assert.Equal(Files[1].Path, Read().Break?.Path);
        File.WriteAllBytes(Files[1].Path, good);

        // The same place in another cluster's or another timeline's folder.
        var stranger = Path.Combine(_folder.Path, "backup", "wal", System.ToString("x16", null), "00000001", "00000002");
        Directory.CreateDirectory(stranger);
        foreach (var file in Files)
        {
            File.Copy(file.Path, Path.Combine(stranger, "00000002" + Path.GetFileName(file.Path)[8..]));
        }

        var run = WalRunReader.Read(_shelf, Past, 2, Start, null, null, Token);
        Assert.Equal((Start, 0), (run.End, run.SegmentCount));
        Assert.NotNull(run.Break);
    }

    [Fact]
    public void Another_key_opens_nothing()
    {
        using var other = Keyring.Create(KeyringFiles.Below(Path.Combine(_folder.Path, "other")), TimeProvider.System);
        var run = WalRunReader.Read(ShelfOf(other), Past, 1, Start, null, null, Token);

        Assert.Equal((Start, Files[0].Path), (run.End, run.Break?.Path));
    }

    [Fact]
    public void What_is_damaged_in_the_last_two_segments_is_asked_for_again_and_then_whole()
    {
        var file = Files[2];
        var bytes = File.ReadAllBytes(file.Path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file.Path, bytes);

        var end = WalRunReader.FindEnd(_shelf, Past, 1) ?? default;
        Assert.True(end > file.Start && end < file.Segment.End);
        Write((int)(end - Start), (int)(file.Segment.End - end));

        Assert.Equal((null, Start + ((2 * WalSegment.Bytes) + 4_000)), (Read().Break, Read().End));
    }

    [Fact]
    public void Two_pasts_under_one_name_are_found()
    {
        _log[500_000] ^= 1;
        Write(499_000, 2_000);

        Assert.Contains("another past", Read().Break?.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void No_byte_of_the_log_is_in_clear() => Assert.All(
        Files, file => Assert.Equal(-1, File.ReadAllBytes(file.Path).AsSpan().IndexOf(_log.AsSpan((int)(file.Start - Start), 24))));

    private static bool IsAtFrame(int length) =>
        length >= WalFileHeader.Size && (length - WalFileHeader.Size) % (WalFrame.HeaderBytes + 1000 + 16) == 0;

    private WalShelf ShelfOf(Keyring keyring) =>
        new(new BackupStore(Path.Combine(_folder.Path, "backup")), keyring.InstallationId, keyring.BackupKey);

    private void Write(int from, int length)
    {
        using var file = _shelf.Begin(Past, 1, Start + from);
        for (var at = 0; at < length; at += 1000)
        {
            file.Append(WalFrame.ClockOf(DateTimeOffset.UnixEpoch.AddSeconds(from + at)), _log.AsSpan(from + at, Math.Min(1000, length - at)));
        }

        file.Sync();
    }

    private WalRun Read(Lsn? from = null)
    {
        var isEqual = true;
        var run = WalRunReader.Read(
            _shelf, Past, 1, from ?? Start, null,
            (segment, log, end, _) =>
            {
                var length = (int)Math.Min(WalSegment.Bytes, end - segment.Start);
                isEqual = isEqual && log[..length].SequenceEqual(_log.AsSpan((int)(segment.Start - Start), length));
                return true;
            },
            Token);
        Assert.True(isEqual || run.Break?.Words.Contains("another past", StringComparison.Ordinal) == true, "a wrong byte was given out");
        return run;
    }
}
