using System.Buffers.Text;
using System.Text.Json;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Writes one answer as OData's JSON: numbers as numbers, places as GeoJSON or well-known text, all else as text.</summary>
/// <remarks>An answer that is not of its question's type, such as a number without digits, is null, as with ODK Central.</remarks>
internal static class ODataAnswers
{
    /// <summary>Writes a member.</summary>
    public static void Write(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> answer, DataType type, bool isWkt)
    {
        if (answer.IsEmpty)
        {
            json.WriteNull(name);
            return;
        }

        switch (type)
        {
            case DataType.Int:
                WriteWhole(json, name, answer.Trim(" \t\r\n"u8));
                break;
            case DataType.Decimal:
                WriteDecimal(json, name, answer.Trim(" \t\r\n"u8));
                break;
            case DataType.Boolean:
                WriteTruth(json, name, answer.Trim(" \t\r\n"u8));
                break;
            case DataType.DateTime:
                WriteInstant(json, name, answer.Trim(" \t\r\n"u8));
                break;
            case DataType.Geopoint or DataType.Geotrace or DataType.Geoshape when isWkt:
                PlaceText.Write(json, name, answer, type);
                break;
            case DataType.Geopoint or DataType.Geotrace or DataType.Geoshape:
                PlaceJson.Write(json, name, answer, type);
                break;
            default:
                json.WriteString(name, answer);
                break;
        }
    }

    /// <summary>Writes the annotations of a member whose answer is withheld, or of a displaced point, as OData wants them: before it.</summary>
    /// <param name="radius">Metres within which the true point lies; null when the answer is withheld.</param>
    public static void WriteConfidential(Utf8JsonWriter json, JsonEncodedText name, double? radius)
    {
        json.WriteBoolean($"{name.Value}@Fieldkeep.Confidential", true);
        if (radius is { } metres)
        {
            json.WriteNumber($"{name.Value}@Fieldkeep.Radius", metres);
        }
    }

    private static void WriteWhole(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> answer)
    {
        if (Utf8Parser.TryParse(answer, out long whole, out _))
        {
            json.WriteNumber(name, whole);
            return;
        }

        WriteDecimal(json, name, answer);
    }

    private static void WriteDecimal(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> answer)
    {
        if (Utf8Parser.TryParse(answer, out decimal exact, out var length) && length == answer.Length)
        {
            json.WriteNumber(name, exact);
        }
        else if (Utf8Parser.TryParse(answer, out double near, out _) && double.IsFinite(near))
        {
            json.WriteNumber(name, near);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteTruth(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> answer)
    {
        if (answer.SequenceEqual("true"u8) || answer.SequenceEqual("1"u8))
        {
            json.WriteBoolean(name, true);
        }
        else if (answer.SequenceEqual("false"u8) || answer.SequenceEqual("0"u8))
        {
            json.WriteBoolean(name, false);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    // Collect writes some offsets as +07; Edm.DateTimeOffset needs +07:00.
    private static void WriteInstant(Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> answer)
    {
        var isShort = answer.Length is > 3 and < 64
            && answer.Contains((byte)'T')
            && answer[^3] is (byte)'+' or (byte)'-'
            && char.IsAsciiDigit((char)answer[^2])
            && char.IsAsciiDigit((char)answer[^1]);
        if (!isShort)
        {
            json.WriteString(name, answer);
            return;
        }

        Span<byte> whole = stackalloc byte[67];
        answer.CopyTo(whole);
        ":00"u8.CopyTo(whole[answer.Length..]);
        json.WriteString(name, whole[..(answer.Length + 3)]);
    }
}
