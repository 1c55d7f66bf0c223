using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Spool;

/// <summary>
/// Keeps bytes until they are read: in memory while they are few, then in a file sealed with a key of its own that is
/// never written anywhere. Written once from beginning to end, completed, then read any number of times.
/// </summary>
internal sealed class SealedSpool(string path, int memoryBytes, TimeProvider clock, Action requireRoom) : Stream
{
    // Asking the disk costs microseconds; so much may be written before it is asked again.
    private const long BytesBetweenChecks = 16L * 1024 * 1024;

    private const string Column = "exports.spool";

    private readonly Guid _row = Guid.CreateVersion7(clock.GetUtcNow());
    private readonly PooledBytes _memory = new();
    private DataKey? _key;
    private FileStream? _file;
    private SealingStream? _sealing;
    private long _length;
    private long _checkedAt;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <summary>Most bytes it takes.</summary>
    public long MostBytes { get; init; } = long.MaxValue;

    /// <summary>Bytes written so far, in the clear; none after it was disposed.</summary>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position { get => _length; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _length += buffer.Length;
        if (_length > MostBytes)
        {
            throw ExportProblems.SpoolFull();
        }

        if (_sealing is null && _length <= memoryBytes)
        {
            buffer.Span.CopyTo(_memory.GetSpan(buffer.Length));
            _memory.Advance(buffer.Length);
            return;
        }

        if (_file is null || _length - _checkedAt > BytesBetweenChecks)
        {
            requireRoom();
            _checkedAt = _length;
        }

        await (_sealing ?? await BeginFileAsync(cancellationToken)).WriteAsync(buffer, cancellationToken);
    }

    /// <summary>Ends the writing; from now on the spool can be read.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (_sealing is { } sealing && _file is { } file)
        {
            await sealing.CompleteAsync(cancellationToken);
            await sealing.DisposeAsync();
            await file.DisposeAsync();
        }
    }

    /// <summary>Opens the bytes from their beginning; seekable. The spool must outlive the stream.</summary>
    public async Task<Stream> OpenReadAsync(CancellationToken cancellationToken)
    {
        if (_key is not { } key)
        {
            return new MemoryStream(_memory.Written.ToArray(), writable: false);
        }

        // 64 KiB read ahead: four chunks.
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 64 * 1024, FileOptions.Asynchronous);
        try
        {
            return await OpeningStream.OpenAsync(
                file, id => id == key.Id ? key : null, EnvelopePurpose.Export, ContextOf(), leaveOpen: false, cancellationToken);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is promised before CompleteAsync.
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

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
            _memory.Dispose();
            _sealing?.Dispose();
            _file?.Dispose();
            _key?.Dispose();
            if (_file is not null)
            {
                File.Delete(path);
            }

            (_sealing, _file, _key, _length) = (null, null, null, 0);
        }

        base.Dispose(disposing);
    }

    private async Task<SealingStream> BeginFileAsync(CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
        _key = DataKey.CreateEphemeral(clock);
        _sealing = new SealingStream(_file, _key, EnvelopePurpose.Export, ContextOf(), leaveOpen: true);
        await _sealing.WriteAsync(_memory.Written, cancellationToken);
        _memory.Truncate(0);
        return _sealing;
    }

    private EnvelopeContext ContextOf() => new(Guid.Empty, Guid.Empty, Column, _row, 0);
}
