using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fieldkeep.XForms.Conditions;

/// <summary>Writes conditions as JSON, each always in the same way: docs/formats/conditions.md.</summary>
public static class ConditionWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Gives a condition as UTF-8.</summary>
    public static ReadOnlyMemory<byte> Write(RowCondition condition)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
        {
            Write(json, condition);
        }

        return output.WrittenMemory;
    }

    /// <summary>Writes a condition as one value.</summary>
    public static void Write(Utf8JsonWriter json, RowCondition condition)
    {
        json.WriteStartObject();
        switch (condition)
        {
            case AllConditions all:
                WriteParts(json, "all", all.Parts);
                break;
            case AnyCondition any:
                WriteParts(json, "any", any.Parts);
                break;
            case NotCondition not:
                json.WritePropertyName("not"u8);
                Write(json, not.Part);
                break;
            case AnyInRepeatCondition repeat:
                json.WriteString("anyIn"u8, repeat.Repeat);
                json.WritePropertyName("where"u8);
                Write(json, repeat.Where);
                break;
            case CompareCondition compare:
                WriteCompare(json, compare);
                break;
            default:
                throw new InvalidOperationException($"Conditions have no case {condition.GetType().Name}.");
        }

        json.WriteEndObject();
    }

    private static void WriteParts(Utf8JsonWriter json, string name, IReadOnlyList<RowCondition> parts)
    {
        json.WriteStartArray(name);
        foreach (var part in parts)
        {
            Write(json, part);
        }

        json.WriteEndArray();
    }

    private static void WriteCompare(Utf8JsonWriter json, CompareCondition compare)
    {
        if (compare.Field is FactField fact)
        {
            json.WriteString("fact"u8, ConditionWords.Of(fact.Fact));
        }
        else if (compare.Field is AnswerField answer)
        {
            json.WriteString("field"u8, answer.Path);
        }

        json.WriteString("op"u8, ConditionWords.Of(compare.Op));
        if (compare.Op is ConditionOp.In or ConditionOp.Between)
        {
            json.WriteStartArray("values"u8);
            foreach (var value in compare.Values)
            {
                WriteValue(json, value);
            }

            json.WriteEndArray();
        }
        else if (compare.Values is [var one])
        {
            json.WritePropertyName(one is PolygonOperand ? "polygon"u8 : "value"u8);
            WriteValue(json, one);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, ConditionOperand value)
    {
        switch (value)
        {
            case TextOperand text:
                json.WriteStringValue(text.Text);
                break;
            case NumberOperand number:
                json.WriteNumberValue(number.Number);
                break;
            case TruthOperand truth:
                json.WriteBooleanValue(truth.IsTrue);
                break;
            case PolygonOperand polygon:
                json.WriteStartArray();
                foreach (var corner in polygon.Corners)
                {
                    json.WriteStartArray();
                    json.WriteNumberValue(corner.Latitude);
                    json.WriteNumberValue(corner.Longitude);
                    json.WriteEndArray();
                }

                json.WriteEndArray();
                break;
            default:
                throw new InvalidOperationException($"Values have no case {value.GetType().Name}.");
        }
    }
}
