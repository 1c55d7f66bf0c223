using System.IO.Compression;
using Fieldkeep.Server.Exports.Media;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Writes a zip forward only; half of one never looks whole.</summary>
internal static class ForwardZip
{
    /// <summary>Writes a zip whose entries <paramref name="write"/> adds.</summary>
    public static async Task WriteAsync(Stream output, Func<ZipArchive, Task> write, CancellationToken cancellationToken)
    {
        await using var sent = new ZipOutput(output);
        await using (var zip = await ZipArchive.CreateAsync(
            sent, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken))
        {
            try
            {
                await write(zip);
            }
            catch
            {
                // Half an export must never get the directory that makes it look whole.
                sent.Abandon();
                throw;
            }
        }

        await sent.FlushAsync(cancellationToken);
    }

    /// <summary>Begins an entry.</summary>
    public static Task<Stream> BeginAsync(ZipArchive zip, string name, CancellationToken cancellationToken) =>
        zip.CreateEntry(EntryNames.Safe(name), CompressionLevel.Fastest).OpenAsync(cancellationToken);
}
