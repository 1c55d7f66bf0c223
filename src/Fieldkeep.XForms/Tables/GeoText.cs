using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>One position of an answer: where its numbers stand in the text.</summary>
internal readonly record struct GeoPosition(Range Latitude, Range Longitude, Range Altitude, double X, double Y)
{
    public bool HasAltitude => !Altitude.Equals(default);

    public bool IsAt(GeoPosition other) => X == other.X && Y == other.Y;
}

/// <summary>Reads positions of ODK (<c>latitude longitude altitude accuracy</c>, separated by semicolons). One for each core.</summary>
internal sealed class GeoText
{
    // Phones send up to 17 digits, some converters more.
    private const int MostDigits = 40;

    private readonly List<GeoPosition> _positions = [];

    /// <summary>The positions read last, in the order to be written.</summary>
    public IReadOnlyList<GeoPosition> Positions => _positions;

    /// <summary>
    /// Reads an answer; false when it is not a valid point, line of two positions or ring of three. A ring comes out closed and
    /// counterclockwise, as RFC 7946 wants it.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> answer, DataType type)
    {
        _positions.Clear();
        var at = 0;
        while (at < answer.Length)
        {
            var end = answer[at..].IndexOf((byte)';');
            end = end < 0 ? answer.Length : at + end;
            if (answer[at..end].ContainsAnyExcept(" \t\r\n"u8) && !TryAdd(answer, at, end))
            {
                return false;
            }

            at = end + 1;
        }

        return type switch
        {
            DataType.Geopoint => _positions.Count == 1,
            DataType.Geotrace => _positions.Count > 1,
            _ => TryClose(),
        };
    }

    private bool TryAdd(ReadOnlySpan<byte> answer, int at, int end)
    {
        Span<Range> parts = stackalloc Range[4];
        var count = 0;
        while (at < end && count < parts.Length)
        {
            if (answer[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                at++;
                continue;
            }

            var length = answer[at..end].IndexOfAny(" \t\r\n"u8);
            length = length < 0 ? end - at : length;
            parts[count++] = at..(at + length);
            at += length;
        }

        if (count < 2 || !TryNumber(answer[parts[0]], 90, out var latitude) || !TryNumber(answer[parts[1]], 180, out var longitude))
        {
            return false;
        }

        var altitude = count > 2 && TryNumber(answer[parts[2]], double.MaxValue, out _) ? parts[2] : default;
        _positions.Add(new GeoPosition(parts[0], parts[1], altitude, longitude, latitude));
        return true;
    }

    private bool TryClose()
    {
        if (_positions.Count > 1 && !_positions[0].IsAt(_positions[^1]))
        {
            _positions.Add(_positions[0]);
        }

        // Three corners and the first again.
        if (_positions.Count < 4)
        {
            return false;
        }

        var twiceArea = 0.0;
        for (var i = 1; i < _positions.Count; i++)
        {
            twiceArea += (_positions[i - 1].X * _positions[i].Y) - (_positions[i].X * _positions[i - 1].Y);
        }

        if (twiceArea < 0)
        {
            _positions.Reverse();
        }

        return true;
    }

    // Each number is written as it came.
    private static bool TryNumber(ReadOnlySpan<byte> text, double most, out double number) =>
        System.Buffers.Text.Utf8Parser.TryParse(text, out number, out var used)
        && used == text.Length && Math.Abs(number) <= most && TypedAnswer.IsNumber(text, MostDigits);
}
