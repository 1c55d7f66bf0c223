using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.XForms.Tests.Tables;

/// <summary>Writes every table of an instance in a format, as an export does.</summary>
internal sealed class KeptRows : IInstanceRowSink
{
    private readonly IRowWriter _writer;
    private readonly RowFacts _facts = new();
    private readonly ArrayBufferWriter<byte>[] _outputs;

    private KeptRows(IRowWriter writer, string instanceId)
    {
        _writer = writer;
        _outputs = [.. Enumerable.Range(0, writer.Outputs).Select(_ => new ArrayBufferWriter<byte>())];
        _facts.SetInstanceId(instanceId);
        _facts.CreatedAt = new DateTimeOffset(2026, 11, 21, 6, 0, 0, TimeSpan.Zero);
        _facts.SubmitterId = 7;
        _facts.SubmitterName = "enumerator";
        _facts.FormVersion = "1";
    }

    /// <summary>The tables of one instance as CSV: answers and keys.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<XForm> newestFirst, string xml, bool groupPaths = true, bool split = false)
    {
        var tables = new FormTables(newestFirst);
        var options = new ColumnOptions(groupPaths, split) { Chosen = tables.Tables.SelectMany(table => table.Columns).Select(column => column.Path).ToHashSet(StringComparer.Ordinal) };
        var flat = FlatTable.Of(tables, options);
        using var writer = new CsvRows(flat);
        var outputs = Write(tables, writer, ("uuid:1", xml));
        return [.. flat.Select((table, at) => Heading(table) + Encoding.UTF8.GetString(outputs[at]))];
    }

    /// <summary>What a writer makes of instances, output by output.</summary>
    public static IReadOnlyList<byte[]> Write(FormTables tables, IRowWriter writer, params IEnumerable<(string Id, string Xml)> instances)
    {
        using var rows = new InstanceRows(tables);
        var all = new List<byte[]>(Enumerable.Repeat(Array.Empty<byte>(), writer.Outputs));
        foreach (var (id, xml) in instances)
        {
            var kept = new KeptRows(writer, id);
            writer.Begin();
            rows.Read(Encoding.UTF8.GetBytes(xml), kept);
            for (var at = 0; at < all.Count; at++)
            {
                all[at] = [.. all[at], .. kept._outputs[at].WrittenSpan];
            }
        }

        return all;
    }

    public void Take(InstanceRow row) => _writer.Write(row, _facts, _outputs);

    private static string Heading(FlatTable? table)
    {
        var output = new ArrayBufferWriter<byte>();
        CsvRows.WriteHeadings(table ?? throw new InvalidOperationException("Every table was chosen."), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
