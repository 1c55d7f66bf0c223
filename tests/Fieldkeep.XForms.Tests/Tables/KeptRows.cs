using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>Writes every table of an instance as CSV with its keys, as an export does.</summary>
internal sealed class KeptRows(FormTables tables, CsvOptions options, string instanceId) : IInstanceRowSink
{
    private readonly CsvColumns[] _columns = [.. tables.Tables.Select(table => new CsvColumns(table, options))];
    private readonly ArrayBufferWriter<byte>[] _outputs = [.. tables.Tables.Select(_ => new ArrayBufferWriter<byte>())];

    public static IReadOnlyList<string> Of(IReadOnlyList<XForm> newestFirst, string xml, bool groupPaths = true, bool split = false)
    {
        var tables = new FormTables(newestFirst);
        var kept = new KeptRows(tables, new CsvOptions(groupPaths, split), "uuid:1");
        using var rows = new InstanceRows(tables);

        // Twice, since the second reading must not see what the first left behind.
        rows.Read(Encoding.UTF8.GetBytes(xml), kept);
        kept.Clear();
        rows.Read(Encoding.UTF8.GetBytes(xml), kept);
        return [.. kept._columns.Select((columns, i) => Heading(columns) + Encoding.UTF8.GetString(kept._outputs[i].WrittenSpan))];
    }

    public void Take(InstanceRow row)
    {
        var id = Encoding.UTF8.GetBytes(instanceId);
        var csv = new CsvWriter(_outputs[row.Table.Index]);
        _columns[row.Table.Index].WriteAnswers(ref csv, row, id);
        csv.Write(id, row.Key);
        csv.Write(row.Table.Parent is null ? "" : Encoding.UTF8.GetString([.. id, .. row.ParentKey]));
        csv.EndRow();
    }

    private static string Heading(CsvColumns columns)
    {
        var output = new ArrayBufferWriter<byte>();
        var csv = new CsvWriter(output);
        columns.WriteHeadings(ref csv);
        csv.Write("KEY");
        csv.Write("PARENT_KEY");
        csv.EndRow();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private void Clear() => Array.ForEach(_outputs, output => output.ResetWrittenCount());
}
