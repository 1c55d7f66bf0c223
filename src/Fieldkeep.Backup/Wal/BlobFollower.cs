using System.Globalization;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Copies;
using Fieldkeep.Backup.Store;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Wal;

/// <summary>Tells how the copying of new blobs stands.</summary>
/// <param name="LookedAt">When all folders were last looked at, UTC; null before the first time.</param>
/// <param name="CopiedCount">Blobs brought to the backup directory since the start.</param>
/// <param name="Trouble">What is wrong, in a sentence; null when all is well.</param>
public sealed record BlobFollowerState(DateTimeOffset? LookedAt, long CopiedCount, string? Trouble);

/// <summary>Copies each new blob of a data directory into a backup directory, a second or so after it came, and notes it beside the log.</summary>
public sealed class BlobFollower
{
    private const int KnownDigits = 16;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FullLookEvery = TimeSpan.FromMinutes(1);

    // File systems note the time of a change in steps; within a step one more file changes nothing.
    private static readonly TimeSpan TimeStep = TimeSpan.FromSeconds(2);

    // Looking at 65,536 folders takes 0.1 s: it must not take more than a twentieth of the time.
    private const int PausePerLook = 20;

    private readonly string _folder;
    private readonly BackupStore _wanted;
    private readonly Keyring _keyring;
    private readonly Action<string> _tell;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, DateTime> _settled = new(StringComparer.Ordinal);

    // The first 64 bits of hashes: for a million blobs 24 MB, and two of them equal once in 10⁷ installations.
    private readonly HashSet<ulong> _known = [];
    // The disk that is there; another one has other blobs.
    private BackupStore _store;
    private WalShelf _shelf;
    private bool _isSeeded;
    private WalFileWriter? _list;
    private BlobFollowerState _state = new(null, 0, null);

    /// <summary>Prepares; <see cref="RunAsync"/> begins.</summary>
    internal BlobFollower(string dataDirectory, BackupStore store, Keyring keyring, Action<string> tell, TimeProvider clock)
    {
        _folder = Path.Combine(new ClusterFolders(dataDirectory).Root, "blobs");
        _wanted = _store = store;
        _shelf = new WalShelf(_store, keyring.InstallationId, keyring.BackupKey);
        _keyring = keyring;
        _tell = tell;
        _clock = clock;
    }

    /// <summary>How it stands now.</summary>
    public BlobFollowerState State => Volatile.Read(ref _state);

    /// <summary>Copies until it is cancelled; tries again, with growing pauses, when the disk does not take it.</summary>
    /// <exception cref="OperationCanceledException">It was told to end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Looking is work of the disk, not of whoever started this.
            await Task.Yield();
            var fullLookAt = _clock.GetUtcNow();
            for (var trouble = TimeSpan.Zero; ;)
            {
                var begun = _clock.GetTimestamp();
                try
                {
                    UseMounted();
                    if (!_isSeeded)
                    {
                        await SeedAsync(cancellationToken);
                        _isSeeded = true;
                    }

                    if (_clock.GetUtcNow() - fullLookAt >= FullLookEvery)
                    {
                        _settled.Clear();
                        fullLookAt = _clock.GetUtcNow();
                    }

                    await LookAsync(cancellationToken);
                    trouble = TimeSpan.Zero;
                }
                catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException)
                {
                    trouble = trouble == TimeSpan.Zero ? ShortestPause : trouble * 2 < LongestPause ? trouble * 2 : LongestPause;
                    Abandon(failed.Message);
                }

                var busy = _clock.GetElapsedTime(begun) * PausePerLook;
                await Task.Delay(Max(Max(ShortestPause, trouble), busy < LongestPause ? busy : LongestPause), _clock, cancellationToken);
            }
        }
        finally
        {
            _list?.Dispose();
        }
    }

    /// <summary>Looks once at all folders that changed.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        _store.Require();
        var trouble = new Troubles();
        var now = _clock.GetUtcNow().UtcDateTime;
        foreach (var folder in Folders())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changedAt = Directory.GetLastWriteTimeUtc(folder);
            if (_settled.TryGetValue(folder, out var seen) && seen == changedAt)
            {
                continue;
            }

            if (await CopyNewAsync(folder, trouble, cancellationToken) && changedAt < now - TimeStep)
            {
                _settled[folder] = changedAt;
            }
        }

        _list?.Sync();
        Tell(trouble.Words);
        _state = _state with { LookedAt = _clock.GetUtcNow(), Trouble = trouble.Words };
    }

    private void UseMounted()
    {
        var mounted = _wanted.RequireMounted();
        if (mounted.Ids.SequenceEqual(_store.Ids))
        {
            return;
        }

        Forget();
        _store = mounted;
        _shelf = new WalShelf(mounted, _keyring.InstallationId, _keyring.BackupKey);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private IEnumerable<string> Folders() => !Directory.Exists(_folder)
        ? []
        : Directory.EnumerateDirectories(_folder)
            .Where(path => Path.GetFileName(path) != BlobCopy.Unfinished)
            .SelectMany(path => Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Prepend(path))
            .Prepend(_folder);

    // What the newest backup and the lists name is copied and noted; a restore reads them all. What cannot be read here is looked at and noted again.
    private async Task SeedAsync(CancellationToken cancellationToken)
    {
        _shelf.ReadBlobs(_tell, noted => Remember(noted.Entry.Sha256));
        if (_store.List() is [.., var newest])
        {
            try
            {
                await LaterBlobs.ReadListAsync(
                    _store, newest, _keyring,
                    blob =>
                    {
                        Remember(blob.Sha256);
                        return Task.CompletedTask;
                    },
                    cancellationToken);
            }
            catch (Exception damaged) when (damaged is BackupException or IOException or UnauthorizedAccessException)
            {
                _tell($"the list of blobs of the backup {newest} cannot be read: {damaged.Message}");
            }
        }
    }

    // False if something is left to be tried again. One blob that cannot be copied holds up no other.
    private async Task<bool> CopyNewAsync(string folder, Troubles trouble, CancellationToken cancellationToken)
    {
        var isAll = true;
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (IsKnown(Path.GetFileName(path)))
            {
                continue;
            }

            StoredBlob? stored;
            try
            {
                stored = await BlobCopy.StoreAsync(_folder, path, _store, "following", cancellationToken);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or BackupException)
            {
                _store.Require();
                trouble.Add(path, failed);
                isAll = false;
                continue;
            }

            if (stored is not { } blob)
            {
                continue;
            }

            Note(blob.Entry);
            Remember(Path.GetFileName(path));
            _state = _state with { CopiedCount = _state.CopiedCount + (blob.IsNew ? 1 : 0) };
            if (!blob.IsAsNamed)
            {
                _tell($"the blob {path} is damaged: its bytes do not have the SHA-256 of its name; it is copied as it is");
            }
        }

        return isAll;
    }

    private void Note(BlobEntry entry)
    {
        var line = BlobList.Line(entry);
        if (_list is { } full && full.End + line.Length > full.Segment.End)
        {
            full.Sync();
            full.Dispose();
            _list = null;
        }

        _list ??= _shelf.BeginBlobs();
        _list.Append(WalFrame.ClockOf(_clock.GetUtcNow()), line);
    }

    private void Abandon(string why)
    {
        Tell(why);
        _state = _state with { Trouble = why };
        Forget();
    }

    private void Forget()
    {
        if (_list is { } broken)
        {
            // What was noted there and not made durable is noted again: the lists are read anew.
            broken.Abandon();
            broken.Dispose();
            _list = null;
        }

        _isSeeded = false;
        _known.Clear();
        _settled.Clear();
    }

    private void Tell(string? why)
    {
        if (why is not null && _state.Trouble != why)
        {
            _tell($"new blobs are not copied: {why}");
        }
    }

    private void Remember(string name)
    {
        if (KeyOf(name) is { } key)
        {
            _known.Add(key);
        }
    }

    private bool IsKnown(string name) => KeyOf(name) is { } key && _known.Contains(key);

    private static ulong? KeyOf(string name) =>
        name.Length > KnownDigits
        && ulong.TryParse(name.AsSpan(0, KnownDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key)
            ? key
            : null;

    // The first, and how many more.
    private sealed class Troubles
    {
        private const int MaxCount = 100;

        private string? _first;
        private int _count;

        public string? Words => _count > 1 ? $"{_first}, and {_count - 1} more" : _first;

        public void Add(string path, Exception failed)
        {
            _first ??= $"{path}: {failed.Message}";
            if (++_count >= MaxCount)
            {
                // Not one blob, but the disk.
                throw new IOException(Words, failed);
            }
        }
    }
}
