using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fieldkeep.Server.Exports.Spool;

namespace Fieldkeep.Server.Exports.Archive;

/// <summary>Writes entries of an archive, one at a time, and the list of their checksums at the end. Memory is flat: the list waits in a sealed spool.</summary>
internal sealed class ArchiveZip(ZipArchive zip, SealedSpool sums)
{
    private const int CopyBytes = 64 * 1024;

    private static readonly JsonSerializerOptions Readable =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what <paramref name="write"/> writes as one entry.</summary>
    public async Task WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var entry = await zip.CreateEntry(name, LevelOf(name)).OpenAsync(cancellationToken))
        {
            await using var hashed = new HashedStream(entry, hash);
            await write(hashed);
            await hashed.FlushAsync(cancellationToken);
        }

        await sums.WriteAsync(Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(hash.GetHashAndReset())}  {name}\n"), cancellationToken);
    }

    /// <summary>Writes a value as JSON for reading.</summary>
    public Task WriteJsonAsync(string name, object value, CancellationToken cancellationToken) => WriteAsync(
        name, stream => JsonSerializer.SerializeAsync(stream, value, value.GetType(), Readable, cancellationToken), cancellationToken);

    /// <summary>Writes text.</summary>
    public Task WriteTextAsync(string name, string text, CancellationToken cancellationToken) =>
        WriteAsync(name, stream => stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).AsTask(), cancellationToken);

    /// <summary>Writes bytes.</summary>
    public Task WriteBytesAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        WriteAsync(name, stream => stream.WriteAsync(bytes, cancellationToken).AsTask(), cancellationToken);

    /// <summary>Writes what a stream holds.</summary>
    public Task CopyAsync(string name, Stream content, CancellationToken cancellationToken) =>
        WriteAsync(name, stream => content.CopyToAsync(stream, CopyBytes, cancellationToken), cancellationToken);

    /// <summary>Writes the list of checksums, as <c>sha256sum -c</c> reads it.</summary>
    public async Task WriteSumsAsync(CancellationToken cancellationToken)
    {
        await sums.CompleteAsync(cancellationToken);
        await using var lines = await sums.OpenReadAsync(cancellationToken);
        await using var entry = await zip.CreateEntry("SHA256SUMS", CompressionLevel.Fastest).OpenAsync(cancellationToken);
        await lines.CopyToAsync(entry, CopyBytes, cancellationToken);
    }

    // Pictures, sound, film and archives are compressed already.
    private static CompressionLevel LevelOf(string name) =>
        Path.GetExtension(name).ToUpperInvariant() is ".CSV" or ".TXT" or ".XML" or ".JSON" or ".WAV"
            ? CompressionLevel.Fastest
            : CompressionLevel.NoCompression;
}
