using System.IO.Compression;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Vault;

namespace Fieldkeep.Server.Exports;

/// <summary>Writes the files of submissions into an export's <c>media/</c> folder, one at a time.</summary>
internal sealed class ExportMedia(ChosenRows chosen, SubmissionQueries submissions, SealedContents contents)
{
    private const int CopyBytes = 64 * 1024;

    /// <summary>Says which files could not be opened, when there are any.</summary>
    private const string DamagedList = "media/DAMAGED-FILES.txt";

    /// <summary>Says where the files lie whose plain name a newer submission's file has, when there are any.</summary>
    private const string SameNamesList = "media/SAME-NAMES.csv";

    /// <summary>Writes every file that is here of the submissions asked for, newest first.</summary>
    public async Task WriteAsync(ZipArchive zip, ExportRequest request, CancellationToken cancellationToken)
    {
        var set = request.Set;
        var names = new MediaNames();
        var damaged = new List<string>();
        await foreach (var row in chosen.ListAsync(request, cancellationToken))
        {
            if (row.AttachmentsPresent == 0)
            {
                continue;
            }

            var files = await submissions.ListFilesAsync(set.Project, row.Id, row.CurrentVersion, cancellationToken);
            foreach (var file in files)
            {
                if (file.Blob is { } blob && !await TryWriteAsync(zip, set, row, file, blob, names, cancellationToken))
                {
                    damaged.Add($"{row.InstanceId} {file.Name}");
                }
            }
        }

        await WriteListAsync(zip, DamagedList, damaged, cancellationToken);
        await WriteListAsync(zip, SameNamesList, names.Moved, cancellationToken);
    }

    private static async Task WriteListAsync(
        ZipArchive zip, string name, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        if (lines.Count > 0)
        {
            await using var entry = await zip.CreateEntry(name).OpenAsync(cancellationToken);
            await using var list = new StreamWriter(entry);
            await list.WriteAsync(string.Join('\n', lines).AsMemory(), cancellationToken);
        }
    }

    private async Task<bool> TryWriteAsync(
        ZipArchive zip,
        SubmissionSet set,
        SubmissionRow row,
        SubmissionFile file,
        byte[] blob,
        MediaNames names,
        CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await contents.OpenFileAsync(set.Project, file.RowId, new BlobId(blob), cancellationToken);
            var entry = zip.CreateEntry(names.Take(row.InstanceId, file.Name), LevelOf(file.Name));
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

    // Pictures, sound and film are compressed already.
    private static CompressionLevel LevelOf(string name) =>
        Path.GetExtension(name).ToUpperInvariant() is ".CSV" or ".TXT" or ".XML" or ".JSON" or ".WAV"
            ? CompressionLevel.Fastest
            : CompressionLevel.NoCompression;
}
