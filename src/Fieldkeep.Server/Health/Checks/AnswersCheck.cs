namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks how many requests of the last five minutes the server itself failed: those that got the number of an incident.</summary>
internal sealed class AnswersCheck(AnswerCounts counts) : ICheck
{
    // Of a handful of requests one fault says little.
    private const int FewFaults = 5;
    private const int ManyFaults = 20;
    private const int ManyPercent = 5;

    /// <inheritdoc/>
    public string Name => "answers";

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var (all, faults) = counts.OfLastMinutes();
        return Task.FromResult(Judge(all, faults));
    }

    /// <summary>Judges so many faults of so many answers.</summary>
    public static CheckOutcome Judge(long all, long faults)
    {
        var percent = all == 0 ? 0 : (int)(100 * faults / all);
        (string, object)[] words = [("faults", faults), ("all", all), ("percent", percent)];
        return faults >= ManyFaults && percent >= ManyPercent
            ? CheckOutcome.Failing("answers.faults", words)
            : faults >= FewFaults ? CheckOutcome.Warning("answers.faults", words) : CheckOutcome.Ok("answers.ok", ("all", all));
    }
}
