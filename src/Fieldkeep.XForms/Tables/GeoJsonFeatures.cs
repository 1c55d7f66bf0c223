using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Fieldkeep.XForms.Tables;

/// <summary>Writes features of GeoJSON (RFC 7946), each with a comma in front.</summary>
internal sealed class GeoJsonFeatures : IFeatureWriter
{
    private const string QuestionName = "geometry-question";

    private readonly JsonEncodedText[][] _names;
    private readonly PooledBytes _unused = new();
    private readonly Utf8JsonWriter _json;

    public GeoJsonFeatures(IReadOnlyList<FlatTable?> tables)
    {
        _names =
        [
            .. tables.Select(table => table is null ? [] : table.Columns
                .Select(column => JsonEncodedText.Encode(column.Heading, JsonRows.Options.Encoder)).ToArray()),
        ];
        _json = new Utf8JsonWriter(_unused, JsonRows.Options);
    }

    /// <inheritdoc/>
    public void Write(in Feature feature, IBufferWriter<byte> output)
    {
        output.Write(",\n"u8);
        _json.Reset(output);
        _json.WriteStartObject();
        _json.WriteString("type"u8, "Feature"u8);
        WriteId(feature);
        WriteGeometry(feature);
        _json.WriteStartObject("properties"u8);
        var cells = new Cells(_json, _names[feature.Table.Table.Index]);
        if (feature.Row is { } row)
        {
            feature.Table.Write(ref cells, row, feature.Facts);
        }
        else
        {
            feature.Table.WriteFacts(ref cells, feature.Facts);
        }

        if (feature.Radius is { } radius)
        {
            _json.WriteBoolean("_masked"u8, true);
            _json.WriteNumber("radius"u8, radius);
        }

        if (feature.Question is { } question)
        {
            _json.WriteString(QuestionName, question.Path);
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
        _json.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _unused.Dispose();
    }

    // Two features of one row must not share an id: the question is in the second's.
    private void WriteId(in Feature feature)
    {
        var key = feature.Row is { } row ? row.Key : [];
        var path = feature.Question is { } question ? System.Text.Encoding.UTF8.GetBytes("#" + question.Path) : [];
        _json.WriteString("id"u8, (byte[])[.. feature.Facts.InstanceId, .. key, .. path]);
    }

    private void WriteGeometry(in Feature feature)
    {
        if (feature.Type is not { } type)
        {
            _json.WriteNull("geometry"u8);
            return;
        }

        _json.WritePropertyName("geometry"u8);
        GeoPlace.Write(_json, feature.Answer, type, feature.Positions);
    }

    /// <summary>Writes cells as properties; empty ones are left out.</summary>
    private struct Cells(Utf8JsonWriter json, JsonEncodedText[] names) : ICellWriter
    {
        private int _at;

        public void Write(ReadOnlySpan<byte> answer, CellKind kind)
        {
            var name = names[_at++];
            if (answer.IsEmpty)
            {
                return;
            }

            json.WritePropertyName(name);
            if (kind is CellKind.Integer or CellKind.Decimal && TypedAnswer.IsNumber(answer))
            {
                json.WriteRawValue(answer, skipInputValidation: true);
                return;
            }

            json.WriteStringValue(answer);
        }

        public void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) =>
            json.WriteString(names[_at++], (byte[])[.. first, .. second]);

        public void Write(string? text)
        {
            var name = names[_at++];
            if (!string.IsNullOrEmpty(text))
            {
                json.WriteString(name, text);
            }
        }

        public void Write(long number) => json.WriteNumber(names[_at++], number);

        public void Write(DateTimeOffset instant) => json.WriteString(
            names[_at++], instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));

        public void WriteConfidential() => json.WriteNull(names[_at++]);

        public void Skip(int cells) => _at += cells;

        public readonly void EndRow()
        {
            // The caller closes the object.
        }
    }
}
