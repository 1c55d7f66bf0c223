using System.IO.Compression;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Exports;

/// <summary>Writes the files of submissions into an export's <c>media/</c> folder, one at a time.</summary>
internal sealed class ExportMedia(SubmissionQueries submissions, SealedContents contents)
{
    private const int RowsAtOnce = 500;
    private const int CopyBytes = 64 * 1024;

    /// <summary>Says which files could not be opened, when there are any.</summary>
    private const string DamagedList = "media/DAMAGED-FILES.txt";

    /// <summary>Writes every file that is here, newest submission first.</summary>
    public async Task WriteAsync(ZipArchive zip, SubmissionSet set, CancellationToken cancellationToken)
    {
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var damaged = new List<string>();
        for (var after = SubmissionCursor.Newest; ;)
        {
            var page = await submissions.ListAsync(set, after, RowsAtOnce, cancellationToken);
            foreach (var row in page.Items.Where(row => row.AttachmentsPresent > 0))
            {
                var files = await submissions.ListFilesAsync(set.Project, row.Id, row.CurrentVersion, cancellationToken);
                foreach (var file in files)
                {
                    if (file.Blob is { } blob && !await TryWriteAsync(zip, set, row, file, blob, used, cancellationToken))
                    {
                        damaged.Add($"{row.InstanceId} {file.Name}");
                    }
                }
            }

            if (page.Next is null)
            {
                break;
            }

            after = SubmissionCursor.Parse(page.Next);
        }

        if (damaged.Count > 0)
        {
            await using var entry = await zip.CreateEntry(DamagedList).OpenAsync(cancellationToken);
            await using var list = new StreamWriter(entry);
            await list.WriteAsync(string.Join('\n', damaged).AsMemory(), cancellationToken);
        }
    }

    private async Task<bool> TryWriteAsync(
        ZipArchive zip,
        SubmissionSet set,
        SubmissionRow row,
        SubmissionFile file,
        byte[] blob,
        HashSet<string> used,
        CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await contents.OpenFileAsync(set.Project, file.RowId, new BlobId(blob), cancellationToken);
            var entry = zip.CreateEntry(NameOf(row, file.Name, used), LevelOf(file.Name));
            await using var into = await entry.OpenAsync(cancellationToken);
            await content.CopyToAsync(into, CopyBytes, cancellationToken);
            return true;
        }
        catch (Exception problem) when (problem is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            // What was written of it until the damage stays; the list says that it is not whole.
            return false;
        }
    }

    // Cells name files by their plain name; only a second file of that name needs its submission's folder.
    private static string NameOf(SubmissionRow row, string name, HashSet<string> used)
    {
        var plain = $"media/{EntryNames.Safe(name)}";
        if (used.Add(plain))
        {
            return plain;
        }

        var own = $"media/{EntryNames.Safe(row.InstanceId)}/{EntryNames.Safe(name)}";
        used.Add(own);
        return own;
    }

    // Pictures, sound and film are compressed already.
    private static CompressionLevel LevelOf(string name) =>
        Path.GetExtension(name).ToUpperInvariant() is ".CSV" or ".TXT" or ".XML" or ".JSON" or ".WAV"
            ? CompressionLevel.Fastest
            : CompressionLevel.NoCompression;
}
