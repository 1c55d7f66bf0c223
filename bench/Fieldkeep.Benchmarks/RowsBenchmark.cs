using System.Text;
using Fieldkeep.XForms.Compilation;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Benchmarks;

/// <summary>What an export does with each submission in the clear: reading it as rows, and writing those as CSV.</summary>
internal static class RowsBenchmark
{
    private const int Rounds = 12;
    private const int Instances = 200;

    /// <summary>Measures and prints.</summary>
    public static void Run()
    {
        using var resource = typeof(RowsBenchmark).Assembly.GetManifestResourceStream("household.md")
            ?? throw new InvalidOperationException("The program was built without its resource household.md.");
        var compiled = XlsFormCompiler.Compile(resource, "household.md", new CompileOptions());
        var form = XFormReader.Read(compiled.XForm ?? throw new InvalidOperationException(compiled.Diagnostics[0].Message));
        var tables = new FormTables([form]);
        var flat = FlatTable.Of(tables, new ColumnOptions(GroupPaths: true, SplitSelectMultiples: false));
        var instances = Enumerable.Range(0, Instances).Select(at => Encoding.UTF8.GetBytes(InstanceBenchmark.Household(2 + (at % 6)))).ToArray();
        using var reader = new InstanceRows(tables);
        using var writer = new CsvRows(flat);
        var sink = new Sink(writer);

        var times = Stopwatches.Compare(Rounds, () => ReadHeads(instances), () => Read(instances, reader, new Nothing()), () => Read(instances, reader, sink));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(instances, reader, sink);
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / Instances;
        Stopwatches.Head("work", "µs a submission", "submissions/s on one core");
        string[] names = ["tokens alone", "rows", "rows as CSV"];
        foreach (var (name, seconds) in names.Zip(times))
        {
            Stopwatches.Row(name, $"{seconds / Instances * 1e6:0.00}", $"{Instances / seconds:0}");
        }

        Console.WriteLine($"{instances.Average(one => one.Length):0} bytes of XML each, {sink.Bytes} bytes of CSV each, {allocated} bytes allocated each");
    }

    private static void ReadHeads(byte[][] instances)
    {
        foreach (var instance in instances)
        {
            var cursor = new InstanceCursor(instance);
            while (cursor.Read() != InstanceNode.Done)
            {
                // Only its speed counts.
            }
        }
    }

    private static void Read(byte[][] instances, InstanceRows reader, IInstanceRowSink into)
    {
        foreach (var instance in instances)
        {
            (into as Sink)?.Begin();
            reader.Read(instance, into);
        }
    }

    private sealed class Nothing : IInstanceRowSink
    {
        public void Take(InstanceRow row)
        {
            // Only its speed counts.
        }
    }

    private sealed class Sink(CsvRows writer) : IInstanceRowSink
    {
        private readonly PooledBytes[] _outputs = [.. Enumerable.Range(0, writer.Outputs).Select(_ => new PooledBytes())];
        private readonly RowFacts _facts = new()
        {
            CreatedAt = new DateTimeOffset(2026, 11, 21, 6, 0, 0, TimeSpan.Zero),
            SubmitterId = 7,
            SubmitterName = "Phone 1",
            FormVersion = "1",
            DeviceId = "collect:device1",
        };

        public int Bytes { get; private set; }

        public void Begin()
        {
            Bytes = _outputs.Sum(output => output.Length);
            foreach (var output in _outputs)
            {
                output.Truncate(0);
            }

            _facts.SetInstanceId("uuid:454349e4-6a8e-46db-8a43-000000000005");
            writer.Begin();
        }

        public void Take(InstanceRow row) => writer.Write(row, _facts, _outputs);
    }
}
