using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Fieldkeep.XForms.Tables;

/// <summary>Writes what stands before the rows of an SPSS system file (PSPP developer's guide, "System File Format").</summary>
internal sealed class SavDictionary(IBufferWriter<byte> output)
{
    /// <summary>Subtracted from the code of a small number.</summary>
    public const int Bias = 100;

    private const int LongestVariableLabel = 255;
    private const int LongestValueLabel = 120;
    private const int ShortBytes = 8;
    private const long LowestBits = unchecked((long)0xFFEFFFFFFFFFFFFE);

    /// <summary>Writes all of it.</summary>
    public void Write(IReadOnlyList<SavVariable> variables, long rows, string title, DateTimeOffset createdAt)
    {
        WriteHeader(variables, rows, title, createdAt);
        foreach (var variable in variables)
        {
            WriteVariable(variable);
        }

        WriteShortValueLabels(variables);
        WriteMachine();
        WriteDisplay(variables);
        WriteLongNames(variables);
        WriteLongTexts(variables);
        WriteExtension(16, 8, [.. Bytes(1L), .. Bytes(rows)]);
        WriteExtension(20, 1, "UTF-8"u8);
        WriteLongValueLabels(variables);
        Int(999);
        Int(0);
    }

    private static byte[] Bytes(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    private void WriteHeader(IReadOnlyList<SavVariable> variables, long rows, string title, DateTimeOffset createdAt)
    {
        Text("$FL2", 4);
        Text("@(#) SPSS DATA FILE Fieldkeep", 60);
        Int(2);
        Int(variables.Sum(variable => variable.Segments.Sum(segment => segment.Units)));
        Int(1);
        Int(0);
        Int(rows <= int.MaxValue ? (int)rows : -1);
        Double(Bias);
        var utc = createdAt.UtcDateTime;
        Text(utc.ToString("dd MMM yy", CultureInfo.InvariantCulture), 9);
        Text(utc.ToString("HH:mm:ss", CultureInfo.InvariantCulture), 8);
        Text(title, 64);
        Text("", 3);
    }

    private void WriteVariable(SavVariable variable)
    {
        var (type, width, decimals) = variable.Format;
        for (var at = 0; at < variable.Segments.Count; at++)
        {
            var segment = variable.Segments[at];
            var format = (type << 16) | ((type == 1 ? segment.Width : width) << 8) | decimals;
            var label = Cut(variable.Label, LongestVariableLabel);
            Int(2);
            Int(segment.Width);
            Int(at == 0 ? 1 : 0);
            Int(0);
            Int(format);
            Int(format);
            Text(segment.ShortName, ShortBytes);
            if (at == 0)
            {
                Int(label.Length);
                Padded(label, (label.Length + 3) / 4 * 4, 0);
            }

            for (var unit = 1; unit < segment.Units; unit++)
            {
                WriteContinuation();
            }
        }
    }

    private void WriteContinuation()
    {
        Int(2);
        Int(-1);
        Int(0);
        Int(0);
        Int(0);
        Int(0);
        Text("", ShortBytes);
    }

    // Of numbers and texts of up to 8 bytes.
    private void WriteShortValueLabels(IReadOnlyList<SavVariable> variables)
    {
        var unit = 1;
        foreach (var variable in variables)
        {
            if (variable.ValueLabels.Count > 0 && variable.Width <= ShortBytes)
            {
                Int(3);
                Int(variable.ValueLabels.Count);
                foreach (var (value, words) in variable.ValueLabels)
                {
                    WriteValue(variable, value);
                    var label = Cut(words, LongestValueLabel);
                    output.Write([(byte)label.Length]);
                    Padded(label, ((label.Length + 8) / 8 * 8) - 1, (byte)' ');
                }

                Int(4);
                Int(1);
                Int(unit);
            }

            unit += variable.Segments.Sum(segment => segment.Units);
        }
    }

    private void WriteValue(SavVariable variable, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        if (variable.IsNumber && TypedAnswer.TryNumber(bytes, out var number))
        {
            Double(number);
            return;
        }

        Padded(bytes, ShortBytes, (byte)' ');
    }

    private void WriteMachine()
    {
        Int(7);
        Int(3);
        Int(4);
        Int(8);
        foreach (var value in (int[])[1, 0, 0, -1, 1, 1, 2, 65001])
        {
            Int(value);
        }

        WriteExtension(4, 8, [.. Bytes(BitConverter.DoubleToInt64Bits(-double.MaxValue)), .. Bytes(BitConverter.DoubleToInt64Bits(double.MaxValue)), .. Bytes(LowestBits)]);
    }

    private void WriteDisplay(IReadOnlyList<SavVariable> variables)
    {
        const int WidestColumn = 40;
        Int(7);
        Int(11);
        Int(4);
        Int(variables.Sum(variable => variable.Segments.Count) * 3);
        foreach (var variable in variables)
        {
            foreach (var _ in variable.Segments)
            {
                Int(variable.Measure);
                Int(Math.Clamp(variable.Format.Width, ShortBytes, WidestColumn));
                Int(variable.IsNumber ? 1 : 0);
            }
        }
    }

    private void WriteLongNames(IReadOnlyList<SavVariable> variables) => WriteExtension(
        13, 1, Encoding.UTF8.GetBytes(string.Join('\t', variables.Select(variable => $"{variable.Segments[0].ShortName}={variable.Name}"))));

    private void WriteLongTexts(IReadOnlyList<SavVariable> variables)
    {
        var widths = variables.Where(variable => variable.Segments.Count > 1)
            .Select(variable => string.Create(CultureInfo.InvariantCulture, $"{variable.Segments[0].ShortName}={variable.Width:D5}\0\t"));
        if (string.Concat(widths) is { Length: > 0 } text)
        {
            WriteExtension(14, 1, Encoding.UTF8.GetBytes(text));
        }
    }

    private void WriteLongValueLabels(IReadOnlyList<SavVariable> variables)
    {
        var labels = new ArrayBufferWriter<byte>();
        var inner = new SavDictionary(labels);
        foreach (var variable in variables.Where(variable => variable.Width > ShortBytes && variable.ValueLabels.Count > 0))
        {
            var name = Encoding.UTF8.GetBytes(variable.Name);
            inner.Int(name.Length);
            labels.Write(name);
            inner.Int(variable.Width);
            inner.Int(variable.ValueLabels.Count);
            foreach (var (value, words) in variable.ValueLabels)
            {
                inner.Int(variable.Width);
                inner.Padded(Encoding.UTF8.GetBytes(value), variable.Width, (byte)' ');
                var label = Cut(words, LongestValueLabel);
                inner.Int(label.Length);
                labels.Write(label);
            }
        }

        if (labels.WrittenCount > 0)
        {
            WriteExtension(21, 1, labels.WrittenSpan);
        }
    }

    private void WriteExtension(int subtype, int size, ReadOnlySpan<byte> content)
    {
        Int(7);
        Int(subtype);
        Int(size);
        Int(content.Length / size);
        output.Write(content);
    }

    private static byte[] Cut(string text, int most) => LongTexts.CutBytes(Encoding.UTF8.GetBytes(text), most).ToArray();

    private void Int(int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(4), number);
        output.Advance(4);
    }

    private void Double(double number)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(8), number);
        output.Advance(8);
    }

    private void Text(string text, int width) => Padded(Cut(text, width), width, (byte)' ');

    private void Padded(ReadOnlySpan<byte> text, int width, byte filler)
    {
        var into = output.GetSpan(width)[..width];
        into.Fill(filler);
        text.CopyTo(into);
        output.Advance(width);
    }
}
