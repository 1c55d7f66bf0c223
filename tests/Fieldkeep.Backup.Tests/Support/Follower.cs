using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>Waits for what a server that follows does by itself.</summary>
internal static class Follower
{
    // Two starts of PostgreSQL and all checks beside other tests on two slow cores.
    private const int Looks = 9000;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    /// <summary>What it tells is in its state.</summary>
    public static IProgress<string> Quiet { get; } = new Silence();

    /// <summary>Waits until something is so, three minutes at most; fails at once when it stops following.</summary>
    public static async Task UntilAsync(Func<bool> isTrue, Task run, Func<string> what)
    {
        for (var look = 0; look < Looks && !isTrue(); look++)
        {
            if (run.IsCompleted)
            {
                await run;
            }

            await Task.Delay(LookEvery, TestContext.Current.CancellationToken);
        }

        Assert.True(isTrue(), $"It did not happen within three minutes: {what()}");
    }

    private sealed class Silence : IProgress<string>
    {
        public void Report(string value)
        {
            // Read from the state.
        }
    }
}
