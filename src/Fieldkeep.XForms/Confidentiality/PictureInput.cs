using System.Buffers;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Reads a picture forward through a buffer that is wiped in the end.</summary>
internal sealed class PictureInput(Stream stream, CancellationToken cancellationToken) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
    private int _at;
    private int _end;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Gives the next bytes without passing them; fewer at the end of the picture.</summary>
    public async ValueTask<byte[]> PeekAsync(int count)
    {
        while (_end - _at < count && await FillAsync())
        {
            // Streams give what they have, be it a byte.
        }

        return _buffer[_at..Math.Min(_end, _at + count)];
    }

    /// <summary>Fills an array whole.</summary>
    /// <exception cref="EndOfStreamException">The picture ends before.</exception>
    public async ValueTask ReadAsync(byte[] into)
    {
        for (var filled = 0; filled < into.Length;)
        {
            if (_at == _end && !await FillAsync())
            {
                throw new EndOfStreamException();
            }

            var ready = Math.Min(into.Length - filled, _end - _at);
            _buffer.AsSpan(_at, ready).CopyTo(into.AsSpan(filled));
            _at += ready;
            filled += ready;
        }
    }

    /// <summary>Copies so many bytes, or passes over them when there is nothing to copy to.</summary>
    /// <exception cref="EndOfStreamException">The picture ends before.</exception>
    public async Task CopyAsync(long count, Stream? to)
    {
        while (count > 0)
        {
            if (_at == _end && !await FillAsync())
            {
                throw new EndOfStreamException();
            }

            var ready = (int)Math.Min(count, _end - _at);
            await PassAsync(ready, to);
            count -= ready;
        }
    }

    /// <summary>Copies bytes up to and without the next one of a value, which is passed over.</summary>
    /// <exception cref="EndOfStreamException">The picture ends before.</exception>
    public async Task CopyToAsync(byte value, Stream to)
    {
        while (true)
        {
            if (_at == _end && !await FillAsync())
            {
                throw new EndOfStreamException();
            }

            var found = _buffer.AsSpan(_at, _end - _at).IndexOf(value);
            await PassAsync(found < 0 ? _end - _at : found, to);
            if (found >= 0)
            {
                _at++;
                return;
            }
        }
    }

    /// <summary>Says whether the picture has ended.</summary>
    public async ValueTask<bool> IsAtEndAsync() => _at == _end && !await FillAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = [];
    }

    private async Task PassAsync(int count, Stream? to)
    {
        if (to is not null && count > 0)
        {
            await to.WriteAsync(_buffer.AsMemory(_at, count), cancellationToken);
        }

        _at += count;
    }

    private async ValueTask<bool> FillAsync()
    {
        _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
        (_at, _end) = (0, _end - _at);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
