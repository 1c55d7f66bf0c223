using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks at the work that is done in the background: whether any of it has stopped, or fails again and again.</summary>
internal sealed class LoopsCheck(BackgroundLoops loops) : ICheck
{
    private const int MostNamed = 5;

    private static readonly TimeSpan Some = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(30);

    /// <inheritdoc/>
    public string Name => "loops";

    // While there is no database, most fail.
    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var all = loops.All();
        var stopped = all.Where(one => one.ExecuteTask is { IsCompleted: true }).ToList();
        if (stopped.Count > 0)
        {
            return Task.FromResult(CheckOutcome.Failing("loops.stopped", ("names", Names(stopped))));
        }

        var failing = all.OfType<BackgroundRounds>().Where(one => one.FailingFor >= Some).ToList();
        if (failing.Count == 0)
        {
            return Task.FromResult(CheckOutcome.Ok("loops.ok", ("count", all.Count)));
        }

        var longest = failing.Max(one => one.FailingFor) ?? Some;
        (string, object)[] words = [("names", Names(failing)), ("minutes", (int)longest.TotalMinutes)];
        return Task.FromResult(longest >= Long ? CheckOutcome.Failing("loops.failing", words) : CheckOutcome.Warning("loops.failing", words));
    }

    private static string Names(IEnumerable<BackgroundService> loops) => string.Join(", ", loops.Select(one => one.GetType().Name).Order(StringComparer.Ordinal).Take(MostNamed));
}

/// <summary>Gives the work that is done in the background, once all of it is registered.</summary>
internal sealed record BackgroundLoops(Func<IReadOnlyList<BackgroundService>> All);
