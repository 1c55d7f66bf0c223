using System.Collections.Concurrent;
using System.Security.Cryptography;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Server.Blobs;

/// <summary>A blob being written: a stream that hashes what passes and at the end moves the file to its name.</summary>
internal sealed class BlobStage(string path, Func<BlobId, string> pathOf) : Stream
{
    // Folders whose names are known to be on disk; at most 65,536.
    private static readonly ConcurrentDictionary<string, byte> Durable = new(StringComparer.Ordinal);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    // bufferSize 1: callers write whole chunks of 16 KiB and more.
    private readonly FileStream _file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
    private long _size;
    private bool _isFinished;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => _size;

    /// <inheritdoc/>
    public override long Position { get => _size; set => throw new NotSupportedException(); }

    /// <summary>Makes the bytes durable under their name: sync, rename, sync of the folders.</summary>
    public async Task<StoredBlob> FinishAsync(CancellationToken cancellationToken)
    {
        await _file.FlushAsync(cancellationToken);
#pragma warning disable CA1849 // FlushAsync does not reach the disk; only this does.
        _file.Flush(flushToDisk: true);
#pragma warning restore CA1849
        await _file.DisposeAsync();
        var id = new BlobId(_hash.GetHashAndReset());
        var target = pathOf(id);
        var folder = Path.GetDirectoryName(target) ?? throw new InvalidOperationException("A blob's path has a folder.");
        MakeFolder(folder);
        File.Move(path, target, overwrite: true);
        DurableFile.SyncDirectory(folder);
        _isFinished = true;
        return new StoredBlob(id, _size);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is held here; FinishAsync makes the bytes durable.
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        _size += buffer.Length;
        _file.Write(buffer);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _hash.AppendData(buffer.Span);
        _size += buffer.Length;
        return _file.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash.Dispose();
            if (!_isFinished)
            {
                File.Delete(path);
            }
        }

        base.Dispose(disposing);
    }

    // That a folder exists does not say that its name is on disk: another upload may be about to sync it.
    // A new folder must itself be durable in its parent, or a power cut could take the file with it.
    private static void MakeFolder(string folder)
    {
        if (Durable.ContainsKey(folder))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var parent = Path.GetDirectoryName(folder);
        DurableFile.SyncDirectory(parent ?? folder);
        DurableFile.SyncDirectory(Path.GetDirectoryName(parent) ?? folder);
        Durable.TryAdd(folder, 0);
    }
}
