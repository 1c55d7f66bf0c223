using System.Buffers;
using System.Globalization;
using System.Text;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Writes and reads the confidential answers of one version as the bytes that are sealed (docs/formats/confidential.md).</summary>
public static class ConfidentialRecord
{
    private const byte Version = 2;
    private const int FieldsEach = 8;

    /// <summary>Writes the answers; they must be numbered from 1.</summary>
    public static void Write(IReadOnlyList<ConfidentialValue> values, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(output);
        output.Write([Version]);
        WriteNumber(values.Count, output);
        foreach (var value in values)
        {
            WriteBytes(Encoding.UTF8.GetBytes(value.Path), output);
            WriteBytes(Encoding.UTF8.GetBytes(value.Place), output);
            WriteBytes(value.Head, output);
            WriteBytes(value.Text, output);
            WriteBytes(Encoding.UTF8.GetBytes(value.Masked ?? ""), output);
            WriteBytes(Encoding.UTF8.GetBytes(value.Radius?.ToString("R", CultureInfo.InvariantCulture) ?? ""), output);
            WriteBytes(value.Row, output);
            WriteNumber(value.Turn, output);
        }
    }

    /// <summary>Reads the answers.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such record.</exception>
    public static IReadOnlyList<ConfidentialValue> Read(ReadOnlySpan<byte> record)
    {
        if (record is not [Version, .. var rest])
        {
            throw new InvalidDataException("The record of confidential answers has no version this server knows.");
        }

        // A byte at least stands for each field of an answer.
        var count = ReadNumber(ref rest, rest.Length / FieldsEach);
        var values = new List<ConfidentialValue>(count);
        for (var number = 1; number <= count; number++)
        {
            var path = Encoding.UTF8.GetString(ReadBytes(ref rest));
            var place = Encoding.UTF8.GetString(ReadBytes(ref rest));
            var head = ReadBytes(ref rest).ToArray();
            var text = ReadBytes(ref rest).ToArray();
            var masked = Encoding.UTF8.GetString(ReadBytes(ref rest));
            var radius = ReadRadius(ReadBytes(ref rest));
            var row = ReadBytes(ref rest).ToArray();
            var turn = ReadNumber(ref rest, int.MaxValue);
            values.Add(new ConfidentialValue(number, path, place, text, masked.Length == 0 ? null : masked)
            {
                Head = head,
                Row = row,
                Radius = radius,
                Turn = turn,
            });
        }

        return rest.IsEmpty ? values : throw new InvalidDataException("The record of confidential answers is longer than it says.");
    }

    private static void WriteBytes(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        WriteNumber(bytes.Length, output);
        output.Write(bytes);
    }

    private static void WriteNumber(int number, IBufferWriter<byte> output)
    {
        for (; number > 0x7F; number >>= 7)
        {
            output.Write([(byte)((number & 0x7F) | 0x80)]);
        }

        output.Write([(byte)number]);
    }

    private static double? ReadRadius(ReadOnlySpan<byte> text) =>
        text.IsEmpty ? null
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var radius) ? radius
        : throw new InvalidDataException("The record of confidential answers holds a radius that is no number.");

    private static ReadOnlySpan<byte> ReadBytes(scoped ref ReadOnlySpan<byte> rest)
    {
        var length = ReadNumber(ref rest, rest.Length);
        if (length > rest.Length)
        {
            throw Truncated();
        }

        var bytes = rest[..length];
        rest = rest[length..];
        return bytes;
    }

    private static int ReadNumber(scoped ref ReadOnlySpan<byte> rest, int most)
    {
        var number = 0;
        for (var shift = 0; shift < 28 && !rest.IsEmpty; shift += 7)
        {
            var next = rest[0];
            rest = rest[1..];
            number |= (next & 0x7F) << shift;
            if (next <= 0x7F)
            {
                return number <= most ? number : throw Truncated();
            }
        }

        throw Truncated();
    }

    private static InvalidDataException Truncated() => new("The record of confidential answers ends too early.");
}
