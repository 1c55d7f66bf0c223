using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Writes submissions as JSON objects with what repeats in them nested: groups are objects, repeats arrays. As lines
/// (NDJSON), or each with a comma in front.
/// </summary>
public sealed class JsonRows : IRowWriter
{
    // Answers stay readable in every script; the result is a file, never part of a page.
    internal static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly bool _areLines;
    private readonly ColumnOptions _options;
    private readonly JsonNode[][] _tables;
    private readonly PooledBytes[] _pending;
    private readonly Utf8JsonWriter _json;

    /// <summary>Makes a writer for a form.</summary>
    public JsonRows(FormTables tables, ColumnOptions options, bool areLines)
    {
        _areLines = areLines;
        _options = options;
        _tables = [.. tables.Tables.Select(table => JsonNode.ListOf(table, options))];
        _pending = [.. tables.Tables.Select(_ => new PooledBytes())];
        _json = new Utf8JsonWriter(_pending[0], Options);
    }

    /// <inheritdoc/>
    public int Outputs => 1;

    /// <inheritdoc/>
    public void Begin()
    {
        foreach (var rows in _pending)
        {
            rows.Truncate(0);
        }
    }

    /// <inheritdoc/>
    public void Write(InstanceRow row, RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        var table = row.Table.Index;
        if (table != 0)
        {
            Separate(_pending[table], isFirst: _pending[table].Length == 0, (byte)',');
            _json.Reset(_pending[table]);
            WriteAnswers(row);
            _json.Flush();
            return;
        }

        Begin(outputs[0]);
        WriteHead(facts);
        WriteAnswers(row);
        End(outputs[0]);
    }

    /// <inheritdoc/>
    public void WriteDamaged(RowFacts facts, IReadOnlyList<IBufferWriter<byte>> outputs)
    {
        Begin(outputs[0]);
        WriteHead(facts);
        _json.WriteStartObject();
        _json.WriteEndObject();
        End(outputs[0]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        foreach (var rows in _pending)
        {
            rows.Dispose();
        }
    }

    private static void Separate(IBufferWriter<byte> output, bool isFirst, byte separator)
    {
        if (!isFirst)
        {
            output.Write([separator]);
        }
    }

    private void Begin(IBufferWriter<byte> output)
    {
        if (!_areLines)
        {
            output.Write(",\n"u8);
        }

        _json.Reset(output);
        _json.WriteStartObject();
    }

    private void End(IBufferWriter<byte> output)
    {
        _json.WriteEndObject();
        _json.Flush();
        Separate(output, isFirst: !_areLines, (byte)'\n');
    }

    private void WriteHead(RowFacts facts)
    {
        _json.WriteString("instanceId"u8, facts.InstanceId);
        if (_options.HasFact(nameof(FlatFact.SubmissionDate)))
        {
            _json.WriteString("submittedAt"u8, facts.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        }

        WriteSubmitter(facts);
        WriteAttachments(facts);
        WriteText("status"u8, nameof(FlatFact.Status), facts.Status);
        WriteText("reviewState"u8, nameof(FlatFact.ReviewState), facts.ReviewState);
        WriteText("deviceId"u8, nameof(FlatFact.DeviceID), facts.DeviceId);
        if (_options.HasFact(nameof(FlatFact.Edits)))
        {
            _json.WriteNumber("edits"u8, facts.Edits);
        }

        WriteText("formVersion"u8, nameof(FlatFact.FormVersion), facts.FormVersion);
        _json.WritePropertyName("values"u8);
    }

    private void WriteSubmitter(RowFacts facts)
    {
        var hasId = _options.HasFact(nameof(FlatFact.SubmitterID));
        var hasName = _options.HasFact(nameof(FlatFact.SubmitterName));
        if (!hasId && !hasName)
        {
            return;
        }

        _json.WriteStartObject("submitter"u8);
        if (hasId)
        {
            _json.WriteNumber("id"u8, facts.SubmitterId);
        }

        if (hasName)
        {
            _json.WriteString("name"u8, facts.SubmitterName);
        }

        _json.WriteEndObject();
    }

    private void WriteAttachments(RowFacts facts)
    {
        if (_options.HasFact(nameof(FlatFact.AttachmentsPresent)) || _options.HasFact(nameof(FlatFact.AttachmentsExpected)))
        {
            _json.WriteStartObject("attachments"u8);
            _json.WriteNumber("present"u8, facts.AttachmentsPresent);
            _json.WriteNumber("expected"u8, facts.AttachmentsExpected);
            _json.WriteEndObject();
        }
    }

    private void WriteText(ReadOnlySpan<byte> name, string fact, string? text)
    {
        if (_options.HasFact(fact))
        {
            _json.WriteString(name, text);
        }
    }

    // Rows of repeats came before: they wait in their table's buffer for the row they belong to.
    private void WriteAnswers(InstanceRow row)
    {
        _json.WriteStartObject();
        WriteNodes(_tables[row.Table.Index], row);
        WriteConfidential(_tables[row.Table.Index], row);
        _json.WriteEndObject();
    }

    // What was withheld is named beside the answers, so that null is not taken for no answer.
    private void WriteConfidential(JsonNode[] nodes, InstanceRow row)
    {
        var withheld = ListConfidential(nodes, row);
        if (withheld.Count == 0)
        {
            return;
        }

        _json.WriteStartArray("_confidential"u8);
        foreach (var node in withheld)
        {
            _json.WriteStringValue(node.Path);
        }

        _json.WriteEndArray();
        if (withheld.Any(node => row.RadiusOf(node.Column) is not null))
        {
            _json.WriteStartObject("_masked"u8);
            foreach (var node in withheld)
            {
                if (row.RadiusOf(node.Column) is { } radius)
                {
                    _json.WriteNumber(node.Path, radius);
                }
            }

            _json.WriteEndObject();
        }
    }

    private static List<JsonNode> ListConfidential(JsonNode[] nodes, InstanceRow row)
    {
        var found = new List<JsonNode>();
        foreach (var node in nodes)
        {
            if (node.IsGroup)
            {
                found.AddRange(ListConfidential(node.Children, row));
            }
            else if (node.Repeat is null && row.IsConfidential(node.Column))
            {
                found.Add(node);
            }
        }

        return found;
    }

    private void WriteNodes(JsonNode[] nodes, InstanceRow row)
    {
        foreach (var node in nodes)
        {
            if (node.Repeat is { } repeat)
            {
                WriteRepeat(node, _pending[repeat.Index]);
            }
            else if (node.IsGroup)
            {
                WriteGroup(node, row);
            }
            else if (row[node.Column] is { IsEmpty: false } answer)
            {
                node.Write(_json, answer);
            }
            else if (row.IsConfidential(node.Column))
            {
                _json.WriteNull(node.Name);
            }
        }
    }

    private void WriteRepeat(JsonNode node, PooledBytes rows)
    {
        _json.WritePropertyName(node.Name);
        _json.WriteStartArray();
        if (rows.Length > 0)
        {
            // Several objects with commas between: valid inside an array, and checked when they were written.
            _json.WriteRawValue(rows.Written.Span, skipInputValidation: true);
            rows.Truncate(0);
        }

        _json.WriteEndArray();
    }

    private void WriteGroup(JsonNode node, InstanceRow row)
    {
        if (node.HasAnswer(row))
        {
            _json.WriteStartObject(node.Name);
            WriteNodes(node.Children, row);
            _json.WriteEndObject();
        }
    }
}
