using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Copies;

/// <summary>Copies all blobs of a data directory into the store, those that it lacks, and lists them.</summary>
internal sealed class CopyBlobs(ClusterFolders data, BackupStore store, IProgress<string> progress)
{
    private const string Writer = "copying";

    private readonly string _folder = Path.Combine(data.Root, "blobs");

    /// <summary>Blobs that were listed.</summary>
    public long Count { get; private set; }

    /// <summary>Those that the store lacked.</summary>
    public long NewCount { get; private set; }

    /// <summary>Bytes of those that were listed.</summary>
    public long Bytes { get; private set; }

    /// <summary>Paths of those that were damaged in the data directory already.</summary>
    public List<string> Damaged { get; } = [];

    /// <summary>Copies them.</summary>
    /// <param name="list">Receives a line for each.</param>
    public async Task RunAsync(Stream list, CancellationToken cancellationToken)
    {
        foreach (var path in BlobCopy.Find(_folder))
        {
            if (await BlobCopy.StoreAsync(_folder, path, store, Writer, cancellationToken) is not { } blob)
            {
                continue;
            }

            await BlobList.WriteAsync(list, blob.Entry, cancellationToken);
            if (!blob.IsAsNamed)
            {
                Damaged.Add(path);
            }

            Count++;
            NewCount += blob.IsNew ? 1 : 0;
            Bytes += blob.Entry.Bytes;
        }
    }

    /// <summary>Copies anew what went bad in the store. One that the data directory has not either must not end all backups.</summary>
    public async Task MendAsync(BlobEntry blob, BackupException damaged, CancellationToken cancellationToken)
    {
        if (await BlobCopy.RepairAsync(_folder, blob, store, Writer, cancellationToken))
        {
            await BlobCopy.VerifyAsync(store, blob, cancellationToken);
            progress.Report($"{damaged.Message}; it was copied anew");
        }
        else
        {
            progress.Report($"{damaged.Message}; the data directory has no good one either: it is lost unless another copy of the backup directory has it");
        }
    }
}
