using System.Diagnostics;
using Fieldkeep.XForms.Compilation;

namespace Fieldkeep.Benchmarks;

/// <summary>P9: compiling workbooks of several sizes, from the bytes of an XLSX file to the XForm's text.</summary>
internal static class CompileBenchmark
{
    private const int Rounds = 5;

    /// <summary>Measures and prints.</summary>
    public static void Run()
    {
        Stopwatches.Head("workbook", "file KB", "XForm KB", "first ms", "best ms", "allocated MB", "peak resident MB");
        Measure("200 questions", WorkbookFile.Of(200, 50));
        Measure("3,000 questions", WorkbookFile.Of(3_000, 200));
        Measure("10,000 questions", WorkbookFile.Of(10_000, 500));
        Measure("50,000 choices", WorkbookFile.Of(50, 50_000));
    }

    private static void Measure(string name, byte[] file)
    {
        var first = 0.0;
        var best = double.MaxValue;
        var text = 0;
        var allocated = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetTotalAllocatedBytes();
            var began = Stopwatch.GetTimestamp();
            using var stream = new MemoryStream(file, writable: false);
            var compiled = XlsFormCompiler.Compile(stream, "bench.xlsx", new CompileOptions());
            var spent = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            allocated = GC.GetTotalAllocatedBytes() - before;
            text = compiled.XForm?.Length
                ?? throw new InvalidOperationException($"{name} does not compile: {compiled.Diagnostics[0].Message}");
            first = round == 0 ? spent : first;
            best = Math.Min(best, spent);
        }

        using var self = Process.GetCurrentProcess();
        Stopwatches.Row(
            name, file.Length / 1024, text / 1024, $"{first:0}", $"{best:0}", allocated >> 20, self.PeakWorkingSet64 >> 20);
    }
}
