using System.Text;
using System.Text.Json;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>A place that an answer tells, written as RFC 7946 has it: longitude first, rings closed and counterclockwise, digits as they came.</summary>
public sealed class GeoPlace
{
    private readonly byte[] _answer;
    private readonly DataType _type;
    private readonly IReadOnlyList<GeoPosition> _positions;

    private GeoPlace(byte[] answer, DataType type, IReadOnlyList<GeoPosition> positions) =>
        (_answer, _type, _positions) = (answer, type, positions);

    /// <summary>Reads an answer; null when it is no place, such as an empty one or a line with one point.</summary>
    /// <param name="answer">Latitude, longitude, altitude and accuracy with spaces between; points end with semicolons.</param>
    public static GeoPlace? Read(string answer, DataType type)
    {
        var bytes = Encoding.UTF8.GetBytes(answer);
        var text = new GeoText();
        return text.TryRead(bytes, type) ? new GeoPlace(bytes, type, text.Positions) : null;
    }

    /// <summary>Writes the geometry object.</summary>
    public void Write(Utf8JsonWriter json) => Write(json, _answer, _type, _positions);

    /// <summary>Writes the geometry object of an answer whose positions were read.</summary>
    internal static void Write(
        Utf8JsonWriter json, ReadOnlySpan<byte> answer, DataType type, IReadOnlyList<GeoPosition> positions)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, type switch
        {
            DataType.Geopoint => "Point"u8,
            DataType.Geotrace => "LineString"u8,
            _ => "Polygon"u8,
        });
        json.WritePropertyName("coordinates"u8);
        if (type == DataType.Geopoint)
        {
            WritePosition(json, answer, positions[0]);
        }
        else
        {
            WritePositions(json, answer, positions, isRing: type != DataType.Geotrace);
        }

        json.WriteEndObject();
    }

    private static void WritePositions(
        Utf8JsonWriter json, ReadOnlySpan<byte> answer, IReadOnlyList<GeoPosition> positions, bool isRing)
    {
        json.WriteStartArray();
        if (isRing)
        {
            json.WriteStartArray();
        }

        foreach (var position in positions)
        {
            WritePosition(json, answer, position);
        }

        if (isRing)
        {
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WritePosition(Utf8JsonWriter json, ReadOnlySpan<byte> answer, GeoPosition position)
    {
        json.WriteStartArray();
        json.WriteRawValue(answer[position.Longitude], skipInputValidation: true);
        json.WriteRawValue(answer[position.Latitude], skipInputValidation: true);
        if (position.HasAltitude)
        {
            json.WriteRawValue(answer[position.Altitude], skipInputValidation: true);
        }

        json.WriteEndArray();
    }
}
