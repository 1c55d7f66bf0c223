using System.Diagnostics;
using System.Globalization;

namespace Fieldkeep.Fuzz;

/// <summary>Runs inputs one after the other, measures each, and tells what went wrong with what reproduces it.</summary>
internal sealed class FuzzRun(string name, ulong seed, Func<ulong, ulong, Action> prepare)
{
    private const long MostBytesAboveStart = 256L * 1024 * 1024;
    private const int MostFailuresShown = 20;
    private const int BetweenMemoryChecks = 500;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    private readonly List<string> _failures = [];
    private (TimeSpan Time, ulong Input) _slowest;
    private (long Bytes, ulong Input) _hungriest;

    /// <summary>Inputs that threw, were too slow, or made the process too large.</summary>
    public int Failures { get; private set; }

    /// <summary>What was shown of them.</summary>
    public IReadOnlyList<string> Shown => _failures;

    /// <summary>Runs inputs <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    public void Run(ulong first, ulong count)
    {
        // The first input pays for compiling the program.
        Try(prepare(seed, first), first);
        (_slowest, _hungriest) = (default, default);
        var began = Stopwatch.GetTimestamp();
        var start = PeakBytes();
        for (var input = first; input < first + count; input++)
        {
            Measure(input);
            var done = input - first + 1;
            if (done % BetweenMemoryChecks == 0 && PeakBytes() - start > MostBytesAboveStart)
            {
                Fail(input, $"the process grew by {Megabytes(PeakBytes() - start)} MiB within the last {BetweenMemoryChecks} inputs");
                start = PeakBytes();
            }

            if (done % 50_000 == 0)
            {
                Say($"{done} inputs, {Failures} failures, {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
            }
        }

        Say($"{name}: {count} inputs from seed {seed}, {Failures} failures, {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s");
        Say($"slowest: {_slowest.Time.TotalMilliseconds:0.0} ms (input {_slowest.Input})");
        Say($"most allocated by one input: {Megabytes(_hungriest.Bytes)} MiB (input {_hungriest.Input})");
        Say($"peak of the process above its start: {Megabytes(PeakBytes() - start)} MiB");
    }

    private void Measure(ulong input)
    {
        var work = prepare(seed, input);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        Try(work, input);
        var time = Stopwatch.GetElapsedTime(began);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (time > MostTime)
        {
            // What else the machine does can only make it slower: the fastest of three counts.
            time = Enumerable.Range(0, 3).Min(_ => Time(prepare(seed, input), input));
            if (time > MostTime)
            {
                Fail(input, $"it takes {time.TotalSeconds:0.0} s");
            }
        }

        _slowest = time > _slowest.Time ? (time, input) : _slowest;
        _hungriest = allocated > _hungriest.Bytes ? (allocated, input) : _hungriest;
    }

    private TimeSpan Time(Action work, ulong input)
    {
        var began = Stopwatch.GetTimestamp();
        Try(work, input);
        return Stopwatch.GetElapsedTime(began);
    }

    private void Try(Action work, ulong input)
    {
        try
        {
            work();
        }
#pragma warning disable CA1031 // Whatever is thrown is the finding.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(input, e.ToString());
        }
    }

    private void Fail(ulong input, string what)
    {
        Failures++;
        if (_failures.Count < MostFailuresShown)
        {
            _failures.Add(what);
            Say($"FAILED input {input}; again with: script/fuzz {name} --seed {seed} --first {input} --inputs 1\n{what}");
        }
    }

    /// <summary>The largest the process ever was in memory.</summary>
    private static long PeakBytes()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
            {
                return 1024 * long.Parse(line.AsSpan("VmHWM:".Length).Trim(" \tkB"), CultureInfo.InvariantCulture);
            }
        }

        return Environment.WorkingSet;
    }

    private static string Megabytes(long bytes) => (bytes / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture);

    private static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
