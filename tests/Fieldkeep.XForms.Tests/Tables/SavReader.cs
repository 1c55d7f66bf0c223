using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Xunit;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>A variable as an SPSS file describes it.</summary>
internal sealed record SavColumn(string Name, string Label, int Width, int Format, Dictionary<string, string> ValueLabels);

/// <summary>Reads SPSS system files as the PSPP developer's guide describes them; shares nothing with the writer.</summary>
internal sealed class SavReader
{
    private readonly byte[] _bytes;
    private readonly List<(int Width, string ShortName, string Label, int Format)> _raw = [];
    private readonly Dictionary<int, Dictionary<string, string>> _labels = [];
    private readonly Dictionary<string, Dictionary<string, string>> _longLabels = new(StringComparer.Ordinal);
    private int _at;

    private SavReader(byte[] bytes) => _bytes = bytes;

    public List<SavColumn> Columns { get; } = [];

    /// <summary>Rows of texts; numbers as they are written shortest, missing ones empty.</summary>
    public List<string[]> Rows { get; } = [];

    public string Title { get; private set; } = "";

    public static SavReader Read(byte[] bytes)
    {
        var reader = new SavReader(bytes);
        reader.ReadAll();
        return reader;
    }

    private void ReadAll()
    {
        Assert.Equal("$FL2", Text(4));
        Assert.StartsWith("@(#) SPSS DATA FILE", Text(60), StringComparison.Ordinal);
        Assert.Equal(2, Int());
        var units = Int();
        Assert.Equal(1, Int());
        Assert.Equal(0, Int());
        var cases = Int();
        Assert.Equal(100.0, Double());
        Text(9);
        Text(8);
        Title = Text(64).TrimEnd();
        Text(3);
        var (names, widths) = ReadDictionary();
        var all = _raw.Sum(one => one.Width == 0 ? 1 : (one.Width + 7) / 8);
        Assert.Equal(units, all);
        var plan = Describe(names, widths);
        ReadRows(plan, units);
        Assert.Equal(cases, Rows.Count);
    }

    private (Dictionary<string, string> Names, Dictionary<string, int> Widths) ReadDictionary()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var widths = new Dictionary<string, int>(StringComparer.Ordinal);
        while (true)
        {
            switch (Int())
            {
                case 2:
                    ReadVariable();
                    break;
                case 3:
                    ReadValueLabels();
                    break;
                case 7:
                    var (subtype, size, count) = (Int(), Int(), Int());
                    var end = _at + (size * count);
                    ReadExtension(subtype, size * count, names, widths);
                    _at = end;
                    break;
                case 999:
                    Int();
                    return (names, widths);
                case var other:
                    Assert.Fail($"Record {other} at {_at - 4}.");
                    break;
            }
        }
    }

    private void ReadVariable()
    {
        var width = Int();
        var hasLabel = Int();
        Assert.Equal(0, Int());
        var print = Int();
        Assert.Equal(print, Int());
        var name = Text(8).TrimEnd();
        var label = "";
        if (hasLabel == 1)
        {
            var length = Int();
            label = Text(length);
            _at += (4 - (length % 4)) % 4;
        }

        if (width >= 0)
        {
            _raw.Add((width, name, label, print));
        }
    }

    private void ReadValueLabels()
    {
        var labels = new List<(byte[] Value, string Label)>();
        for (var count = Int(); count > 0; count--)
        {
            var value = _bytes[_at..(_at + 8)];
            _at += 8;
            var length = _bytes[_at++];
            labels.Add((value, Text(length)));
            _at += 7 - (length % 8);
        }

        Assert.Equal(4, Int());
        for (var count = Int(); count > 0; count--)
        {
            var unit = Int();
            var isNumber = WidthAt(unit) == 0;
            _labels[unit] = labels.ToDictionary(one => isNumber ? Shown(BitConverter.ToDouble(one.Value)) : Encoding.UTF8.GetString(one.Value).TrimEnd(), one => one.Label);
        }
    }

    private int WidthAt(int unit)
    {
        var at = 1;
        foreach (var one in _raw)
        {
            if (at == unit)
            {
                return one.Width;
            }

            at += one.Width == 0 ? 1 : (one.Width + 7) / 8;
        }

        throw new InvalidOperationException($"No variable begins at unit {unit}.");
    }

    private void ReadExtension(int subtype, int length, Dictionary<string, string> names, Dictionary<string, int> widths)
    {
        switch (subtype)
        {
            case 13:
                foreach (var pair in Text(length).Split('\t'))
                {
                    names.Add(pair.Split('=')[0], pair.Split('=')[1]);
                }

                break;
            case 14:
                foreach (var pair in Text(length).Split("\0\t", StringSplitOptions.RemoveEmptyEntries))
                {
                    widths.Add(pair.Split('=')[0], int.Parse(pair.Split('=')[1], CultureInfo.InvariantCulture));
                }

                break;
            case 20:
                Assert.Equal("UTF-8", Text(length));
                break;
            case 21:
                for (var end = _at + length; _at < end;)
                {
                    var labels = _longLabels[Text(Int())] = new Dictionary<string, string>(StringComparer.Ordinal);
                    Int();
                    for (var count = Int(); count > 0; count--)
                    {
                        labels.Add(Text(Int()).TrimEnd(), Text(Int()));
                    }
                }

                break;
        }
    }

    // Gives for each variable its segments: unit, bytes used.
    private List<List<(int Unit, int Used)>> Describe(Dictionary<string, string> names, Dictionary<string, int> widths)
    {
        var plan = new List<List<(int, int)>>();
        var unit = 0;
        for (var at = 0; at < _raw.Count;)
        {
            var (width, shortName, label, format) = _raw[at];
            var first = unit;
            var whole = widths.GetValueOrDefault(shortName, width);
            var count = whole > 255 ? (whole + 251) / 252 : 1;
            var segments = new List<(int, int)>();
            for (var part = 0; part < count; part++, at++)
            {
                var used = part < count - 1 ? 255 : Math.Max(0, whole - (255 * (count - 1)));
                Assert.Equal(count == 1 ? width : part < count - 1 ? 255 : whole - (252 * part), _raw[at].Width);
                segments.Add((unit, used));
                unit += _raw[at].Width == 0 ? 1 : (_raw[at].Width + 7) / 8;
            }

            plan.Add(segments);
            var name = names[shortName];
            Columns.Add(new SavColumn(name, label, whole, format, _labels.GetValueOrDefault(first + 1) ?? _longLabels.GetValueOrDefault(name) ?? []));
        }

        return plan;
    }

    private void ReadRows(List<List<(int Unit, int Used)>> plan, int units)
    {
        var row = new byte[units * 8];
        var unit = 0;
        while (_at < _bytes.Length)
        {
            var codes = _bytes[_at..(_at + 8)];
            _at += 8;
            foreach (var code in codes)
            {
                if (code is 0 or 252)
                {
                    continue;
                }

                Decode(code, row.AsSpan(unit * 8, 8));
                if (++unit == units)
                {
                    Rows.Add([.. plan.Select((segments, column) => CellOf(row, segments, Columns[column].Width == 0))]);
                    unit = 0;
                }
            }
        }

        Assert.Equal(0, unit);
    }

    private void Decode(byte code, Span<byte> into)
    {
        switch (code)
        {
            case 253:
                _bytes.AsSpan(_at, 8).CopyTo(into);
                _at += 8;
                break;
            case 254:
                into.Fill((byte)' ');
                break;
            case 255:
                BinaryPrimitives.WriteDoubleLittleEndian(into, -double.MaxValue);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(into, code - 100.0);
                break;
        }
    }

    private static string CellOf(byte[] row, List<(int Unit, int Used)> segments, bool isNumber)
    {
        if (isNumber)
        {
            return Shown(BinaryPrimitives.ReadDoubleLittleEndian(row.AsSpan(segments[0].Unit * 8)));
        }

        var text = segments.SelectMany(segment => row[(segment.Unit * 8)..((segment.Unit * 8) + segment.Used)]).ToArray();
        return Encoding.UTF8.GetString(text).TrimEnd(' ');
    }

    private static string Shown(double number) => number == -double.MaxValue ? "" : ((decimal)number).ToString(CultureInfo.InvariantCulture);

    private int Int()
    {
        _at += 4;
        return BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(_at - 4));
    }

    private double Double()
    {
        _at += 8;
        return BinaryPrimitives.ReadDoubleLittleEndian(_bytes.AsSpan(_at - 8));
    }

    private string Text(int length)
    {
        _at += length;
        return Encoding.UTF8.GetString(_bytes, _at - length, length);
    }
}
