using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>One point of a place. What was not measured is not a number.</summary>
internal readonly record struct PlacePoint(double Latitude, double Longitude, double Altitude, double Accuracy)
{
    /// <summary>Whether it has an altitude.</summary>
    public bool HasAltitude => double.IsFinite(Altitude);

    /// <summary>Whether it has an accuracy.</summary>
    public bool HasAccuracy => double.IsFinite(Accuracy);

    /// <summary>Reads <c>latitude longitude altitude accuracy</c>; false when there is no latitude or longitude.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out PlacePoint point)
    {
        Span<double> numbers = [double.NaN, double.NaN, double.NaN, double.NaN];
        for (var at = 0; at < numbers.Length; at++)
        {
            text = text.TrimStart(" \t\r\n"u8);
            var end = text.IndexOfAny(" \t\r\n"u8);
            var part = end < 0 ? text : text[..end];
            if (Utf8Parser.TryParse(part, out double number, out _) && double.IsFinite(number))
            {
                numbers[at] = number;
            }

            text = text[part.Length..];
        }

        point = new PlacePoint(numbers[0], numbers[1], numbers[2], numbers[3]);
        return double.IsFinite(point.Latitude) && double.IsFinite(point.Longitude);
    }
}

/// <summary>
/// Writes a place as ODK Central's feeds have it: every point that can be read, in its order, accuracies in <c>properties</c>. Unlike
/// <see cref="GeoPlace"/>, which writes maps, it leaves nothing out because a line or ring is none, and closes no ring.
/// </summary>
internal static class PlaceJson
{
    /// <summary>Writes a member; null when the answer has no point.</summary>
    public static void Write(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> answer, DataType type)
    {
        if (!HasPoint(answer, out var hasAccuracy))
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        if (type == DataType.Geopoint)
        {
            WritePoint(json, answer);
        }
        else
        {
            WriteLine(json, answer, type == DataType.Geoshape, hasAccuracy);
        }

        json.WriteEndObject();
    }

    private static bool HasPoint(ReadOnlySpan<byte> answer, out bool hasAccuracy)
    {
        var found = false;
        hasAccuracy = false;
        foreach (var range in answer.Split((byte)';'))
        {
            if (PlacePoint.TryRead(answer[range], out var point))
            {
                found = true;
                hasAccuracy |= point.HasAccuracy && point.Accuracy != 0;
            }
        }

        return found;
    }

    private static void WritePoint(Utf8JsonWriter json, ReadOnlySpan<byte> answer)
    {
        PlacePoint.TryRead(answer, out var point);
        json.WriteString("type"u8, "Point"u8);
        json.WritePropertyName("coordinates"u8);
        WriteCoordinates(json, point);
        if (point.HasAccuracy)
        {
            json.WriteStartObject("properties"u8);
            json.WriteNumber("accuracy"u8, point.Accuracy);
            json.WriteEndObject();
        }
    }

    private static void WriteLine(Utf8JsonWriter json, ReadOnlySpan<byte> answer, bool isClosed, bool hasAccuracy)
    {
        json.WriteString("type"u8, isClosed ? "Polygon"u8 : "LineString"u8);
        json.WriteStartArray("coordinates"u8);
        if (isClosed)
        {
            json.WriteStartArray();
        }

        foreach (var range in answer.Split((byte)';'))
        {
            if (PlacePoint.TryRead(answer[range], out var point))
            {
                WriteCoordinates(json, point);
            }
        }

        if (isClosed)
        {
            json.WriteEndArray();
        }

        json.WriteEndArray();
        if (hasAccuracy)
        {
            WriteAccuracies(json, answer);
        }
    }

    private static void WriteCoordinates(Utf8JsonWriter json, PlacePoint point)
    {
        json.WriteStartArray();
        json.WriteNumberValue(point.Longitude);
        json.WriteNumberValue(point.Latitude);
        if (point.HasAltitude)
        {
            json.WriteNumberValue(point.Altitude);
        }

        json.WriteEndArray();
    }

    private static void WriteAccuracies(Utf8JsonWriter json, ReadOnlySpan<byte> answer)
    {
        json.WriteStartObject("properties"u8);
        json.WriteStartArray("accuracies"u8);
        foreach (var range in answer.Split((byte)';'))
        {
            if (!PlacePoint.TryRead(answer[range], out var point))
            {
                continue;
            }

            if (point.HasAccuracy && point.Accuracy != 0)
            {
                json.WriteNumberValue(point.Accuracy);
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

/// <summary>Writes a place as well-known text, such as <c>POINT (36.25 -1.5 900.5)</c>.</summary>
internal static class PlaceText
{
    /// <summary>Writes a member; null when the answer has no point.</summary>
    public static void Write(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> answer, DataType type)
    {
        using var text = new PooledBytes();
        Append(text, type switch
        {
            DataType.Geopoint => "POINT ("u8,
            DataType.Geotrace => "LINESTRING ("u8,
            _ => "POLYGON (("u8,
        });
        var head = text.Length;
        foreach (var range in answer.Split((byte)';'))
        {
            if (PlacePoint.TryRead(answer[range], out var point))
            {
                Append(text, text.Length > head ? ","u8 : []);
                AppendPoint(text, point);
                if (type == DataType.Geopoint)
                {
                    break;
                }
            }
        }

        if (text.Length == head)
        {
            json.WriteNull(name);
            return;
        }

        Append(text, type == DataType.Geoshape ? "))"u8 : ")"u8);
        json.WriteString(name, text.Written.Span);
    }

    private static void AppendPoint(PooledBytes text, PlacePoint point)
    {
        AppendNumber(text, point.Longitude);
        Append(text, " "u8);
        AppendNumber(text, point.Latitude);
        if (point.HasAltitude)
        {
            Append(text, " "u8);
            AppendNumber(text, point.Altitude);
        }
    }

    private static void AppendNumber(PooledBytes text, double number)
    {
        number.TryFormat(text.GetSpan(32), out var length, "R", CultureInfo.InvariantCulture);
        text.Advance(length);
    }

    private static void Append(PooledBytes text, ReadOnlySpan<byte> bytes) => text.Write(bytes);
}
