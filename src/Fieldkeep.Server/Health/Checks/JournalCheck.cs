using System.Data.Common;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health.Alerts;
using Fieldkeep.Server.Submissions.Intake;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether the intake journal keeps what is received, and whether what it kept reaches the database.</summary>
internal sealed class JournalCheck(OpenedIntake opened, TellJournal tell, Db db, TimeProvider clock) : ICheck
{
    private const string Ping = "select 1";

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Since when the database answers while something waits; null when it did not the last time, or nothing waits.
    private long? _answersSince;

    /// <inheritdoc/>
    public string Name => "journal";

    // It is looked at without a database, too: then it is all that receives.
    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        if (opened.Journal?.State is not { } state)
        {
            return CheckOutcome.Failing("journal.closed", ("path", opened.Folder));
        }

        if (state.Trouble is { } trouble)
        {
            return CheckOutcome.Failing("journal.trouble", ("path", opened.Folder), ("reason", AlertRows.NameOf(trouble.Reason)));
        }

        if (tell.IsHanging)
        {
            return CheckOutcome.Failing("journal.hangs", ("path", opened.Folder));
        }

        if (state.Damage.Count > 0)
        {
            return CheckOutcome.Failing("journal.damaged", ("path", opened.Folder), ("count", state.Damage.Count));
        }

        if (state.Quarantined > 0)
        {
            return CheckOutcome.Failing("journal.set_aside", ("count", state.Quarantined));
        }

        var waited = state.OldestWaitingAt is { } oldest ? clock.GetUtcNow() - oldest : TimeSpan.Zero;
        _answersSince = waited > Long ? _answersSince : null;
        return waited > Long && await HasAnsweredLongAsync(cancellationToken)
            ? CheckOutcome.Warning("journal.waits", ("count", state.WaitingRecords), ("minutes", (int)waited.TotalMinutes))
            : CheckOutcome.Ok("journal.ok", ("count", state.WaitingRecords));
    }

    // After an outage, what waits has its time to go into the database.
    private async Task<bool> HasAnsweredLongAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await db.GetAsync<int>(Ping, null, limit.Token);
            return clock.GetElapsedTime(_answersSince ??= clock.GetTimestamp()) >= Long;
        }
        catch (Exception problem) when (problem is DbException or TimeoutException || limit.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _answersSince = null;
            return false;
        }
    }
}
