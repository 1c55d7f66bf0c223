using System.Text.Encodings.Web;
using System.Text.Json;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Pages;

/// <summary>Writes some rows of a repeat as JSON objects, each with a comma in front.</summary>
/// <param name="tables">The form's tables.</param>
/// <param name="table">The repeat.</param>
/// <param name="places">Which of its rows are wanted, by the sequence number of their submission.</param>
internal sealed class JsonRepeatFormat(FormTables tables, FormTable table, IReadOnlyDictionary<long, RepeatPlace> places)
    : IRowFormat, IInstanceRowSink
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly JsonEncodedText?[] _paths =
    [
        .. table.Columns.Select(column => column.Repeat is null ? JsonEncodedText.Encode(column.Path) : (JsonEncodedText?)null),
    ];

    private readonly InstanceRows _reader = new(tables);
    private FormattedBlock? _into;
    private string _instanceId = "";
    private RepeatPlace _place;
    private int _row;

    /// <inheritdoc/>
    public int Tables => 1;

    /// <inheritdoc/>
    public void Write(in SealedRow row, ReadOnlySpan<byte> xml, SenderFacts sender, string submitter, FormattedBlock into)
    {
        _into = into;
        _instanceId = row.InstanceId;
        _place = places.GetValueOrDefault(row.Sequence);
        _row = 0;
        _reader.Read(xml, this);
    }

    /// <inheritdoc/>
    public void WriteDamaged(in SealedRow row, string submitter, FormattedBlock into)
    {
        // Nobody knows how many rows it had.
    }

    /// <inheritdoc/>
    public void Take(InstanceRow row)
    {
        if (row.Table != table || _into is not { } into)
        {
            return;
        }

        var at = _row++;
        if (at < _place.From || at - _place.From >= _place.Rows)
        {
            return;
        }

        var output = into.Tables[0];
        output.GetSpan(1)[0] = (byte)',';
        output.Advance(1);
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        json.WriteString("instanceId"u8, _instanceId);
        json.WriteString("key"u8, _instanceId + System.Text.Encoding.UTF8.GetString(row.Key));
        json.WriteString("parentKey"u8, _instanceId + System.Text.Encoding.UTF8.GetString(row.ParentKey));
        json.WriteStartObject("values"u8);
        for (var column = 0; column < _paths.Length; column++)
        {
            if (_paths[column] is { } path && row[column] is { IsEmpty: false } answer)
            {
                json.WriteString(path, answer);
            }
        }

        json.WriteEndObject();
        JsonRowFormat.WriteConfidential(json, row, _paths);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();
}

/// <summary>Which rows of a submission are wanted.</summary>
/// <param name="From">The first, from 0.</param>
/// <param name="Rows">How many.</param>
internal readonly record struct RepeatPlace(int From, int Rows);
