using System.Buffers;
using System.Text.Json;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>
/// Keeps rows of repeats as JSON until the row they belong to is written: rows come before their parents, so that what
/// lies in a table's buffer then is all of that parent's.
/// </summary>
internal sealed class ExpandedRows : IDisposable
{
    private readonly ODataTables _tables;
    private readonly PooledBytes[] _rows;
    private readonly Utf8JsonWriter[] _writers;

    /// <summary>Makes empty buffers.</summary>
    public ExpandedRows(ODataTables tables, JsonWriterOptions options)
    {
        _tables = tables;
        _rows = [.. tables.Tables.Select(_ => new PooledBytes())];
        _writers = [.. _rows.Select(rows => new Utf8JsonWriter(rows, options))];
    }

    /// <summary>Gives the table of a row.</summary>
    public ODataTable TableOf(InstanceRow row) => _tables.Tables[row.Table.Index];

    /// <summary>Begins another row of a table.</summary>
    public Utf8JsonWriter Begin(ODataTable table)
    {
        var rows = _rows[table.Form.Index];
        rows.Write(rows.Length == 0 ? "["u8 : ","u8);
        var json = _writers[table.Form.Index];
        json.Reset(rows);
        return json;
    }

    /// <summary>Writes the rows of a repeat as a member and forgets them.</summary>
    public void Move(ODataRepeat repeat, Utf8JsonWriter into)
    {
        var rows = _rows[repeat.Table.Form.Index];
        if (rows.Length == 0)
        {
            return;
        }

        rows.Write("]"u8);
        into.WritePropertyName(repeat.Key);
        into.WriteRawValue(rows.Written.Span, skipInputValidation: true);
        rows.Truncate(0);
    }

    /// <summary>Forgets what is left of a submission that could not be read to its end.</summary>
    public void Clear()
    {
        foreach (var rows in _rows)
        {
            rows.Truncate(0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var writer in _writers)
        {
            writer.Dispose();
        }

        foreach (var rows in _rows)
        {
            rows.Dispose();
        }
    }
}
