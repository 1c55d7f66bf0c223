using System.Runtime.ExceptionServices;
using Fieldkeep.Backup.Wal;

namespace Fieldkeep.Backup.Objects;

/// <summary>Carries blobs, and after them the lists that name them.</summary>
internal sealed class CarryBlobs(CarryPlace place, TimeSpan rest, TimeProvider clock)
{
    private const int AtOnce = 4;

    // File systems note the time of a change in steps: one has to have stood so long.
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FullLookEvery = TimeSpan.FromHours(1);

    private readonly CarryLog _lists = new(place, isLists: true, rest, clock);
    private readonly Dictionary<string, (DateTime ChangedAt, long At, bool IsSettled)> _seen = new(StringComparer.Ordinal);
    private readonly Lock _noting = new();
    private KnownBlobs? _there;
    private long? _fullLookAt;

    /// <summary>Carries what is new.</summary>
    /// <exception cref="IOException">The store or the disk refuses.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // A list names what was copied before: as long as it is now.
        var lengths = _lists.Measure();
        _there ??= await ListAsync(cancellationToken);
        if (_fullLookAt is not { } at || clock.GetElapsedTime(at) >= FullLookEvery)
        {
            _seen.Clear();
            _fullLookAt = clock.GetTimestamp();
        }

        place.TakeInRemoved();
        var heldUp = new HeldUp(place);
        ObjectStoreException? ended = null;
        try
        {
            foreach (var pair in place.Names.BlobFolders())
            {
                await CarryAsync(pair, _there, heldUp, cancellationToken);
            }
        }
        catch (ObjectStoreException refused)
        {
            // The lists may go all the same.
            ended = refused;
        }

        await _lists.RunAsync(lengths, cancellationToken);
        if (ended is not null)
        {
            ExceptionDispatchInfo.Throw(ended);
        }

        heldUp.ThrowIfAny();
    }

    private async Task CarryAsync(string pair, KnownBlobs there, HeldUp heldUp, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var changedAt = Directory.GetLastWriteTimeUtc(place.PathOf($"blobs/{pair}"));
        var now = clock.GetTimestamp();
        var seen = _seen.TryGetValue(pair, out var last) && last.ChangedAt == changedAt ? last : (ChangedAt: changedAt, At: now, IsSettled: false);
        if (seen.IsSettled)
        {
            return;
        }

        var fresh = place.Names.Blobs(pair).Keys.Where(name => !there.Has(name)).Order(StringComparer.Ordinal).ToList();
        await Parallel.ForEachAsync(
            fresh,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (name, token) =>
            {
                try
                {
                    if (await PutAsync(pair, name, token))
                    {
                        lock (_noting)
                        {
                            there.Add(name);
                        }
                    }
                }
                catch (Exception failed) when (heldUp.Takes(failed))
                {
                    // It is tried again at the next look.
                }
            });
        _seen[pair] = (changedAt, seen.At, !heldUp.IsAny && clock.GetElapsedTime(seen.At, now) >= Settles);
    }

    private async Task<bool> PutAsync(string pair, string name, CancellationToken cancellationToken)
    {
        await using var file = place.FindFile($"blobs/{pair}/{name}");
        if (file is null)
        {
            return false;
        }

        var length = file.Length;
        if (await CarryPlace.HashAsync(file, 0, length, cancellationToken) != name)
        {
            // The next base backup copies it anew.
            place.LeaveOut($"{PieceName.Blobs}/{pair}/{name}", $"blobs/{pair}/{name} is damaged in the backup directory, and not carried");
            return false;
        }

        await using var part = new PartOfFile(file, 0, length);
        await place.PutAsync($"{PieceName.Blobs}/{pair}/{name}", part, name, cancellationToken);
        return true;
    }

    private async Task<KnownBlobs> ListAsync(CancellationToken cancellationToken)
    {
        var there = new KnownBlobs();
        await foreach (var one in place.ListAsync(PieceName.Blobs + "/", cancellationToken))
        {
            if (PieceName.TryParseBlob(one.Key) is not { } name)
            {
                place.Alarm($"{CarryPlace.Shown(one.Key)} in the store is no name that Fieldkeep gives");
                continue;
            }

            var mine = new FileInfo(place.PathOf($"{PieceName.Blobs}/{name[..2]}/{name}"));
            if (mine.Exists && one.Bytes >= 0 && mine.Length != one.Bytes)
            {
                place.Avoid(one.Key, $"has {one.Bytes} bytes in the store, and {mine.Length} in the backup directory");
            }
            else if (mine.Exists)
            {
                // Of names that are not here anybody may have put any number, and one is taken for another with the same first digits.
                there.Add(name);
            }
        }

        return there;
    }
}
