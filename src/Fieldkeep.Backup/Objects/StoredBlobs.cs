using Fieldkeep.Backup.Fetching;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Backup.Objects;

/// <summary>Fetches blobs: their names are the SHA-256 of their bytes.</summary>
internal sealed class StoredBlobs(StoreSource source)
{
    private const long MostBytes = 16L << 30;
    private const int AtOnce = 8;
    private const int Batch = 4_096;

    /// <summary>Fetches those that are not here.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<StoredObject>();
        await foreach (var one in source.ListObjectsAsync(PieceName.Blobs + "/", cancellationToken))
        {
            if (PieceName.TryParseBlob(one.Key) is null)
            {
                source.Alarm(FetchAlarmKind.Refused, one.Key, "it is no name that Fieldkeep gives");
            }
            else if (one.Bytes is < 0 or > MostBytes)
            {
                source.Alarm(FetchAlarmKind.Refused, one.Key, $"it has {one.Bytes} bytes; {MostBytes} is the most");
            }
            else if (new FileInfo(source.OwnOf(OwnOf(one.Key))) is not { Exists: true } own || own.Length != one.Bytes)
            {
                batch.Add(one);
            }

            if (batch.Count >= Batch)
            {
                await TakeAsync(batch, cancellationToken);
                batch.Clear();
            }
        }

        await TakeAsync(batch, cancellationToken);
    }

    private static string OwnOf(string key) => key.Split('~')[0];

    private async Task TakeAsync(List<StoredObject> batch, CancellationToken cancellationToken)
    {
        foreach (var pair in batch.Select(one => Path.GetDirectoryName(one.Key) ?? "").Distinct(StringComparer.Ordinal))
        {
            source.Directory.MakeFolder(source.OwnOf(pair));
        }

        await Parallel.ForEachAsync(
            batch,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (one, token) =>
            {
                var name = Path.GetFileName(OwnOf(one.Key));
                var arriving = source.OwnOf($"{FetchNotes.Folder}/arriving.{Path.GetFileName(one.Key)}");
                // One that is here with another length is one that a bad disk changed.
                if (await source.TakeAsync(one.Key, one.Bytes, name, arriving, token))
                {
                    File.Move(arriving, source.OwnOf(OwnOf(one.Key)), overwrite: true);
                    source.CountBlob();
                }
            });
        foreach (var pair in batch.Select(one => Path.GetDirectoryName(one.Key) ?? "").Distinct(StringComparer.Ordinal))
        {
            DurableFile.SyncDirectory(source.OwnOf(pair));
        }
    }
}
