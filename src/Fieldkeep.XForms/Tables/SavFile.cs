using System.Buffers;
using System.Buffers.Binary;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Writes one table as an SPSS system file (.sav): little-endian, UTF-8, compressed by codes. Rows are read forward only,
/// written forward only, in constant memory.
/// </summary>
public sealed class SavFile : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int FlushBytes = 32 * 1024;

    // Says that 8 bytes stand among the values.
    private const byte Follows = 253;

    private readonly IReadOnlyList<SavVariable> _variables;
    private readonly PooledBytes _ready = new();
    private readonly PooledBytes _values = new();
    private readonly byte[] _codes = new byte[8];
    private int _codeCount;
    private int _column;

    private SavFile(IReadOnlyList<SavVariable> variables) => _variables = variables;

    /// <summary>Writes the file.</summary>
    /// <param name="rows">What <see cref="SavRows"/> wrote for the table.</param>
    /// <param name="title">Label of the file, at most 64 bytes of it.</param>
    public static async Task WriteAsync(
        SavTables tables, int table, Stream rows, string title, DateTimeOffset createdAt, Stream output, CancellationToken cancellationToken)
    {
        var variables = tables.VariablesOf(table);
        using var file = new SavFile(variables);
        new SavDictionary(file._ready).Write(variables, tables.RowsOf(table), title, createdAt);
        await file.WriteRowsAsync(rows, output, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ready.Dispose();
        _values.Dispose();
    }

    private async Task WriteRowsAsync(Stream rows, Stream output, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var held = 0;
            while (true)
            {
                var read = await rows.ReadAsync(buffer.AsMemory(held), cancellationToken);
                held += read;
                var used = Take(buffer.AsSpan(0, held));
                buffer.AsSpan(used, held - used).CopyTo(buffer);
                held -= used;
                if (read == 0)
                {
                    break;
                }

                if (_ready.Length > FlushBytes)
                {
                    await FlushAsync(output, cancellationToken);
                }
            }

            if (held > 0 || _column > 0)
            {
                throw new EndOfStreamException("The rows of a table end inside a row.");
            }

            EndCodes();
            await FlushAsync(output, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private async Task FlushAsync(Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync(_ready.Written, cancellationToken);
        _ready.Truncate(0);
    }

    // Gives how many bytes made whole cells.
    private int Take(ReadOnlySpan<byte> cells)
    {
        var taken = 0;
        while (cells.Length - taken >= 2)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(cells[taken..]);
            if (cells.Length - taken - 2 < length)
            {
                break;
            }

            Put(_variables[_column], cells.Slice(taken + 2, length));
            _column = (_column + 1) % _variables.Count;
            taken += length + 2;
        }

        return taken;
    }

    private void Put(SavVariable variable, ReadOnlySpan<byte> text)
    {
        if (variable.IsNumber)
        {
            PutNumber(variable, text);
            return;
        }

        foreach (var segment in variable.Segments)
        {
            var part = text[..Math.Min(segment.UsedBytes, text.Length)];
            text = text[part.Length..];
            PutText(part, segment.Units);
        }
    }

    private void PutNumber(SavVariable variable, ReadOnlySpan<byte> text)
    {
        const byte Missing = 255;
        if (!SavValue.TryNumber(text, variable.Kind, out var number))
        {
            Code(Missing);
            return;
        }

        if (number == Math.Floor(number) && number is >= 1 - SavDictionary.Bias and <= 251 - SavDictionary.Bias)
        {
            Code((byte)(number + SavDictionary.Bias));
            return;
        }

        BinaryPrimitives.WriteDoubleLittleEndian(_values.GetSpan(8), number);
        _values.Advance(8);
        Code(Follows);
    }

    private void PutText(ReadOnlySpan<byte> text, int units)
    {
        const byte Spaces = 254;
        for (var unit = 0; unit < units; unit++)
        {
            var part = text[..Math.Min(8, text.Length)];
            text = text[part.Length..];
            if (!part.ContainsAnyExcept((byte)' '))
            {
                Code(Spaces);
                continue;
            }

            var value = _values.GetSpan(8)[..8];
            value.Fill((byte)' ');
            part.CopyTo(value);
            _values.Advance(8);
            Code(Follows);
        }
    }

    private void Code(byte code)
    {
        _codes[_codeCount++] = code;
        if (_codeCount == _codes.Length)
        {
            EndCodes();
        }
    }

    private void EndCodes()
    {
        if (_codeCount == 0)
        {
            return;
        }

        // 0 is passed over by readers.
        _codes.AsSpan(_codeCount).Clear();
        _ready.Write(_codes);
        _ready.Write(_values.Written.Span);
        _values.Truncate(0);
        _codeCount = 0;
    }
}
