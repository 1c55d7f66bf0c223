using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks at the work that is done in the background: whether any of it has stopped, or fails again and again.</summary>
internal sealed class LoopsCheck(BackgroundLoops loops, TimeProvider clock) : ICheck
{
    private const int MostNamed = 5;

    private static readonly TimeSpan Some = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(30);

    private readonly AnswerSpan _answers = new(clock);

    /// <inheritdoc/>
    public string Name => "loops";

    // While there is no database, most fail.
    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken) => Task.FromResult(Look());

    private static string Names(IEnumerable<BackgroundService> loops) => string.Join(", ", loops.Select(one => one.GetType().Name).Order(StringComparer.Ordinal).Take(MostNamed));

    private CheckOutcome Look()
    {
        // What failed while the database was away has had no time since to be done.
        _answers.Note();
        var all = loops.All();
        var stopped = all.Where(one => one.ExecuteTask is { IsCompleted: true }).ToList();
        if (stopped.Count > 0)
        {
            return CheckOutcome.Failing("loops.stopped", ("names", Names(stopped)));
        }

        var failing = all.Where(one => FailingFor(one) >= Some).ToList();
        if (failing.Count == 0)
        {
            return CheckOutcome.Ok("loops.ok", ("count", all.Count));
        }

        var longest = failing.Max(FailingFor);
        (string, object)[] words = [("names", Names(failing)), ("minutes", (int)longest.TotalMinutes)];
        return longest >= Long ? CheckOutcome.Failing("loops.failing", words) : CheckOutcome.Warning("loops.failing", words);
    }

    private TimeSpan FailingFor(BackgroundService loop) =>
        loop is IWatchedLoop { FailingFor: { } failing } ? TimeSpan.FromTicks(Math.Min(failing.Ticks, _answers.AnsweredFor.Ticks)) : TimeSpan.Zero;
}

/// <summary>Gives the work that is done in the background, once all of it is registered.</summary>
internal sealed record BackgroundLoops(Func<IReadOnlyList<BackgroundService>> All);
