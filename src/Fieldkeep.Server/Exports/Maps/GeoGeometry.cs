using System.Globalization;
using System.Text.Json;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Exports.Maps;

/// <summary>A place that an answer tells, as RFC 7946 has it: longitude first, rings closed and counterclockwise.</summary>
internal sealed class GeoGeometry
{
    private readonly DataType _type;
    private readonly IReadOnlyList<Position> _positions;

    private GeoGeometry(DataType type, IReadOnlyList<Position> positions) => (_type, _positions) = (type, positions);

    /// <summary>Reads an answer; null when it is no place, such as an empty one or a line with one point.</summary>
    /// <param name="answer">Latitude, longitude, altitude and accuracy with spaces between; points end with semicolons.</param>
    public static GeoGeometry? Parse(string answer, DataType type)
    {
        var positions = new List<Position>();
        foreach (var point in answer.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Position.Parse(point) is not { } position)
            {
                return null;
            }

            positions.Add(position);
        }

        return type switch
        {
            DataType.Geopoint when positions.Count == 1 => new GeoGeometry(type, positions),
            DataType.Geotrace when positions.Count >= 2 => new GeoGeometry(type, positions),
            DataType.Geoshape => RingOf(positions),
            _ => null,
        };
    }

    /// <summary>Writes the geometry object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, _type switch
        {
            DataType.Geopoint => "Point"u8,
            DataType.Geotrace => "LineString"u8,
            _ => "Polygon"u8,
        });
        json.WritePropertyName("coordinates"u8);
        switch (_type)
        {
            case DataType.Geopoint:
                _positions[0].Write(json);
                break;
            case DataType.Geotrace:
                WriteAll(json);
                break;
            default:
                json.WriteStartArray();
                WriteAll(json);
                json.WriteEndArray();
                break;
        }

        json.WriteEndObject();
    }

    private void WriteAll(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var position in _positions)
        {
            position.Write(json);
        }

        json.WriteEndArray();
    }

    // RFC 7946 3.1.6: a ring has four or more positions, ends where it begins, and the area lies to its left.
    private static GeoGeometry? RingOf(List<Position> positions)
    {
        if (positions.Count > 0 && positions[0] != positions[^1])
        {
            positions.Add(positions[0]);
        }

        if (positions.Count < 4)
        {
            return null;
        }

        double doubledArea = 0;
        for (var at = 1; at < positions.Count; at++)
        {
            doubledArea += (positions[at - 1].Longitude * positions[at].Latitude)
                - (positions[at].Longitude * positions[at - 1].Latitude);
        }

        if (doubledArea < 0)
        {
            positions.Reverse();
        }

        return new GeoGeometry(DataType.Geoshape, positions);
    }

    /// <summary>A point on Earth; metres above the ellipsoid, when told.</summary>
    private readonly record struct Position(double Latitude, double Longitude, double? Altitude)
    {
        public static Position? Parse(string text)
        {
            var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 2
                || !TryRead(parts[0], 90, out var latitude)
                || !TryRead(parts[1], 180, out var longitude))
            {
                return null;
            }

            return new Position(
                latitude,
                longitude,
                parts.Length > 2 && TryRead(parts[2], double.MaxValue, out var altitude) ? altitude : null);
        }

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartArray();
            json.WriteNumberValue(Longitude);
            json.WriteNumberValue(Latitude);
            if (Altitude is { } altitude)
            {
                json.WriteNumberValue(altitude);
            }

            json.WriteEndArray();
        }

        private static bool TryRead(string text, double most, out double number) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && Math.Abs(number) <= most;
    }
}
