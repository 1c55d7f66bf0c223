using Xunit;

namespace Fieldkeep.XForms.Tests;

/// <summary>Runs after all other tests, one by one: what runs beside a measured test is measured with it.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class MeasuredAlone;

/// <summary>
/// Compares one large input with many small ones of the same size together. Work that grows with the size costs the same
/// both ways on any machine; work that grows with its square costs as many times more as there are small ones.
/// </summary>
internal static class Growth
{
    /// <summary>How many small inputs make up the large one.</summary>
    public const int Times = 32;

    /// <summary>Larger caches and collections of garbage cost up to twice as much; quadratic work would cost 32 times.</summary>
    private const int Most = 8;

    private const int Attempts = 3;

    /// <summary>Asserts that the processor time and the memory that some work takes grow with its input only.</summary>
    /// <param name="small">The size of the small input.</param>
    /// <param name="make">Makes an input of a size; not measured.</param>
    /// <param name="work">What is measured.</param>
    public static void ShouldBeLinear<T>(int small, Func<int, T> make, Action<T> work)
    {
        var one = make(small);
        var large = make(small * Times);
        work(one);
        for (var attempt = 1; ; attempt++)
        {
            var (fewTime, fewBytes) = Measure(one, Times, work);
            var (manyTime, manyBytes) = Measure(large, 1, work);
            Assert.True(manyBytes <= fewBytes * Most, $"{Times} small inputs took {fewBytes} bytes, one large input {manyBytes}.");
            if (manyTime <= fewTime * Most)
            {
                return;
            }

            Assert.True(
                attempt < Attempts,
                $"{Times} small inputs took {fewTime.TotalMilliseconds} ms of the processor, one large input {manyTime.TotalMilliseconds} ms.");
        }
    }

    private static (TimeSpan Time, long Bytes) Measure<T>(T input, int times, Action<T> work)
    {
        var time = Environment.CpuUsage.TotalTime;
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < times; i++)
        {
            work(input);
        }

        return (Environment.CpuUsage.TotalTime - time, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }
}
