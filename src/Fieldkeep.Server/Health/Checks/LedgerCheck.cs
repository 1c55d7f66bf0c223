using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether changes are sealed into the ledger, and whether the database still has what was signed.</summary>
internal sealed class LedgerCheck(SealDelay delay, SealEntries sealer, PublishCheckpoints file, TimeProvider clock) : ICheck
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly AnswerSpan _answers = new(clock);

    /// <inheritdoc/>
    public string Name => "ledger";

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        _answers.Note();
        if (await file.IsAheadAsync(cancellationToken))
        {
            return CheckOutcome.Failing("ledger.set_back");
        }

        if (sealer.IsChanged)
        {
            return CheckOutcome.Failing("ledger.changed");
        }

        // While the database was away it failed, too: it has had its time since.
        if (sealer.FailingFor is { } failing && failing >= Long && _answers.AnsweredFor >= Long)
        {
            return CheckOutcome.Failing("ledger.failing", ("minutes", (int)failing.TotalMinutes));
        }

        if (delay.HeldSince is not { } since)
        {
            return CheckOutcome.Ok("ledger.ok");
        }

        var held = clock.GetUtcNow() - since;
        (string, object) minutes = ("minutes", Math.Max(1, (int)held.TotalMinutes));
        return held < Long ? CheckOutcome.Warning("ledger.held", minutes) : CheckOutcome.Failing("ledger.held", minutes);
    }
}
