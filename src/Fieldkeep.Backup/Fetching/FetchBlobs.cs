using System.Globalization;

namespace Fieldkeep.Backup.Fetching;

/// <summary>Fetches blobs. Their names are the SHA-256 of their bytes, so nothing can take the place of what is there.</summary>
internal sealed class FetchBlobs(FetchFiles files, SourceNames names, TimeProvider clock)
{
    private const long MostBytes = 16L << 30;
    private const int Folders = 256;
    private const int MostGone = 20_000;

    private static readonly TimeSpan FullLookEvery = TimeSpan.FromHours(1);

    // File systems note the time of a change in steps, those of a network remember it for a while, and clocks differ: a time has to have stood so long here.
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Seen> _seen = new(StringComparer.Ordinal);
    private long? _fullLookAt;

    /// <summary>Fetches those that are new. Each hour, and the first time, all folders are looked at, whatever their times say.</summary>
    public async Task RunAsync(FetchLook look, CancellationToken cancellationToken)
    {
        if (_fullLookAt is not { } at || clock.GetElapsedTime(at) >= FullLookEvery)
        {
            _seen.Clear();
            _fullLookAt = clock.GetTimestamp();
        }

        var there = names.BlobFolders().ToHashSet(StringComparer.Ordinal);
        if (there.Count == 0 && Directory.Exists(files.OwnOf("blobs")) && Directory.EnumerateDirectories(files.OwnOf("blobs")).Any())
        {
            look.Alarm(FetchAlarmKind.Vanished, "blobs", "all blobs are gone at the source");
        }

        for (var folder = 0; folder < Folders; folder++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pair = folder.ToString("x2", CultureInfo.InvariantCulture);
            await look.TryAsync($"blobs/{pair}", () => LookAsync(pair, there.Contains(pair), look, cancellationToken));
        }
    }

    private async Task LookAsync(string pair, bool isThere, FetchLook look, CancellationToken cancellationToken)
    {
        var changedAt = isThere ? Directory.GetLastWriteTimeUtc(files.SourceOf($"blobs/{pair}")) : DateTime.MinValue;
        var now = clock.GetTimestamp();
        var seen = _seen.TryGetValue(pair, out var last) && last.ChangedAt == changedAt ? last : new Seen(changedAt, now, false);
        if (seen.IsSettled)
        {
            return;
        }

        var before = look.TroubleCount + look.Raised.Count;
        var source = isThere ? names.Blobs(pair) : new Dictionary<string, long>(StringComparer.Ordinal);
        var folder = files.OwnOf($"blobs/{pair}");
        var own = Directory.Exists(folder)
            ? new DirectoryInfo(folder).EnumerateFiles().ToDictionary(file => file.Name, file => file.Length, StringComparer.Ordinal)
            : [];
        foreach (var (name, length) in source)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!own.TryGetValue(name, out var kept))
            {
                await look.TryAsync($"blobs/{pair}/{name}", () => TakeAsync(pair, name, look, cancellationToken));
            }
            else if (kept != length)
            {
                look.Alarm(FetchAlarmKind.Changed, $"blobs/{pair}/{name}", $"it has {length} bytes at the source, and {kept} were fetched");
            }
        }

        NoteGone(own.Keys, source, look.Notes);
        var isSettled = look.TroubleCount + look.Raised.Count == before && clock.GetElapsedTime(seen.At, now) >= Settles;
        _seen[pair] = seen with { IsSettled = isSettled };
    }

    private async Task TakeAsync(string pair, string name, FetchLook look, CancellationToken cancellationToken)
    {
        var relative = $"blobs/{pair}/{name}";
        look.Bytes += await files.TakeAsync(
            relative,
            files.OwnOf(relative),
            MostBytes,
            (sha256, _) => sha256 == name ? null : "its bytes do not have the SHA-256 of its name",
            frames: null,
            cancellationToken);
        look.Blobs++;
    }

    // A server removes those that none of its base backups names; here base backups stay longer.
    private static void NoteGone(IEnumerable<string> own, IReadOnlyDictionary<string, long> source, FetchNotes notes)
    {
        foreach (var name in own)
        {
            if (source.ContainsKey(name))
            {
                notes.Gone.Remove(name);
            }
            else if (notes.Gone.Count < MostGone)
            {
                notes.Gone.TryAdd(name, notes.Day);
            }
        }
    }

    // A folder's time, since when it is seen here, and whether a look after that found all there is.
    private sealed record Seen(DateTime ChangedAt, long At, bool IsSettled);
}
