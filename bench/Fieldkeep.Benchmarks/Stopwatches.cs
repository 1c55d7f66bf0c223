using System.Diagnostics;

namespace Fieldkeep.Benchmarks;

/// <summary>Times work of microseconds to seconds, and prints rows of a Markdown table.</summary>
internal static class Stopwatches
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(150);

    /// <summary>
    /// Runs several kinds of work by turns, so that what else the machine does hits all of them alike, and gives the
    /// fastest slice of each: what disturbs can only make a slice slower.
    /// </summary>
    /// <returns>Seconds for one call of each.</returns>
    public static double[] Compare(int rounds, params Action[] works)
    {
        var best = new double[works.Length];
        Array.Fill(best, double.MaxValue);
        foreach (var work in works)
        {
            Time(work); // Compiles it, in tiers.
            Time(work);
        }

        for (var round = 0; round < rounds; round++)
        {
            for (var index = 0; index < works.Length; index++)
            {
                best[index] = Math.Min(best[index], Time(works[index]));
            }
        }

        return best;
    }

    /// <summary>Prints one row of a table.</summary>
    public static void Row(params object[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

    /// <summary>Prints the head of a table.</summary>
    public static void Head(params string[] names)
    {
        Row([.. names]);
        Row([.. names.Select(_ => "---")]);
    }

    private static double Time(Action work)
    {
        var calls = 0;
        var began = Stopwatch.GetTimestamp();
        TimeSpan spent;
        do
        {
            work();
            calls++;
            spent = Stopwatch.GetElapsedTime(began);
        }
        while (spent < Slice);
        return spent.TotalSeconds / calls;
    }
}
