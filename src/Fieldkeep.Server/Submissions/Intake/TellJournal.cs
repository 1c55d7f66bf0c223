using System.Collections.Concurrent;
using Fieldkeep.Journal;
using Fieldkeep.Server.Submissions.Receiving;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Gives the journal what requests bring, and takes it back; waits for its disk no longer than somebody with a phone does.</summary>
internal sealed partial class TellJournal(OpenedIntake opened, ILogger<TellJournal> log)
{
    /// <summary>The longest that somebody waits for the journal's disk.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Those whose bytes may be on the disk although the journal could not say so.
    private readonly ConcurrentDictionary<Guid, bool> _torn = new();

    private JournalTrouble? _told;
    private volatile bool _isHanging;

    /// <summary>Whether the journal's disk took too long, and has taken nothing since.</summary>
    public bool IsHanging => _isHanging;

    /// <summary>Appends one; ends with whether the journal has it, long after the request when the disk hangs.</summary>
    public async Task<bool> AppendAsync(NewSubmission submission)
    {
        if (opened.Journal is not { } journal)
        {
            return false;
        }

        try
        {
            await journal.AppendAsync(submission.Id.Value, IntakeRecord.Write(submission), CancellationToken.None);
            (_told, _isHanging) = (null, false);
            return true;
        }
        catch (JournalException problem)
        {
            // A disk that became full in the middle, too. While the journal pauses after trouble nothing is written.
            if (problem.InnerException is not JournalException && (problem.Reason == JournalTrouble.Broken || problem.InnerException is IOException))
            {
                _torn.TryAdd(submission.Id.Value, true);
            }

            if (_told != problem.Reason)
            {
                _told = problem.Reason;
                LogNotKept(log, problem.Message);
            }

            return false;
        }
    }

    /// <summary>Whether the journal has it. A journal whose disk hangs holds up one request for a while, and the next ones not at all until it answers again.</summary>
    public async Task<bool> SoonAsync(Task<bool> keeping)
    {
        if (_isHanging)
        {
            return keeping.IsCompleted && await keeping;
        }

        var isKept = await BrieflyAsync(keeping);
        if (!keeping.IsCompleted)
        {
            _isHanging = true;
            LogSlow(log);
        }

        return isKept;
    }

    /// <summary>Whether it is durable by now, or soon. The disk's own time, whatever the server's clock says.</summary>
    public static async Task<bool> BrieflyAsync(Task<bool> keeping)
    {
        try
        {
            return await keeping.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Whether it is certain that the journal neither has it nor gets it still: only then may its files go.</summary>
    public async Task<bool> IsNowhereAsync(Guid record, Task<bool> keeping) => keeping.IsCompleted && !await keeping && !_torn.ContainsKey(record);

    /// <summary>Takes one back, durably, or says that the database has it; false when the journal has it, or may, and cannot be told.</summary>
    public async Task<bool> TryTakeBackAsync(Guid record, Task<bool> keeping, bool isTakenBack)
    {
        if (opened.Journal is not { } journal)
        {
            return true;
        }

        var isKept = await SoonAsync(keeping);
        var isTorn = _torn.ContainsKey(record);
        if (!isKept && !isTorn)
        {
            journal.Done(record);
            return keeping.IsCompleted;
        }

        try
        {
            await (isTakenBack ? journal.WithdrawAsync(record) : journal.NoteDoneAsync(record)).WaitAsync(Patience);
            return true;
        }
        catch (Exception problem) when (problem is JournalException or TimeoutException)
        {
            // A disk that took nothing takes no word either. Should the record be there after all, it is refused once more when it is drained.
            journal.Done(record);
            return isTorn && !isKept;
        }
    }

    /// <summary>Says that the request of one is over.</summary>
    public void Forget(Guid record) => _torn.TryRemove(record, out _);

    [LoggerMessage(1, LogLevel.Error, "the intake journal does not take submissions: {Problem} They are stored in the database alone meanwhile")]
    private static partial void LogNotKept(ILogger log, string problem);

    [LoggerMessage(2, LogLevel.Error, "the disk of the intake journal does not answer: submissions are acknowledged by the database alone until it does")]
    private static partial void LogSlow(ILogger log);
}
