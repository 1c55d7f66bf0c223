using System.Collections.Concurrent;
using Fieldkeep.Journal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Stores submissions behind the intake journal: each is durable there and in the database before it is acknowledged, and a new one is acknowledged too when
/// the database goes away meanwhile. <see cref="DrainIntake"/> brings it there.
/// </summary>
/// <remarks>
/// Edits want the database: whether one may be made is found there. One whose database went away is refused, and its sender keeps it. While the journal
/// cannot take anything, the database alone is waited for, as before there was a journal.
/// </remarks>
internal sealed partial class KeepIntake(IntakeJournal journal, StoreSubmission store, ILogger<KeepIntake> log)
{
    // Those whose request is under way.
    private readonly ConcurrentDictionary<Guid, bool> _current = new();

    private JournalTrouble? _told;

    /// <summary>Whether the journal has more than what is on its way to the database by its own request.</summary>
    public bool HasLeft => journal.State.WaitingRecords > _current.Count;

    /// <summary>Whether a record is on its way to the database by its own request.</summary>
    public bool IsCurrent(Guid id) => _current.ContainsKey(id);

    /// <summary>Stores a submission; returns when it is durable.</summary>
    /// <exception cref="ProblemException">Those of <see cref="StoreSubmission"/>.</exception>
    /// <exception cref="System.Data.Common.DbException">The database refused it, or is gone and the journal does not have it.</exception>
    public async Task<StoredSubmission> StoreAsync(NewSubmission submission)
    {
        var id = submission.Id.Value;
        _current.TryAdd(id, true);
        try
        {
            // Both at once: whoever sent it waits for the slower of the two disks, not for one after the other.
            var keeping = TryAppendAsync(id, submission);
            try
            {
                var stored = await store.RunAsync(submission, CancellationToken.None);
                await keeping;
                journal.Done(id);
                return stored;
            }
            catch (Exception outage) when (submission is { DeprecatedId: null, IsAgain: false } && DatabaseFailure.IsOutage(outage))
            {
                if (!await keeping)
                {
                    throw;
                }

                LogLeft(log, outage.GetType().Name, DatabaseFailure.CodeOf(outage));
                return StoredSubmission.New(submission);
            }
            catch
            {
                // Refused: its sender knows, and nobody may find it stored later.
                await keeping;
                journal.Done(id);
                throw;
            }
        }
        finally
        {
            _current.TryRemove(id, out _);
        }
    }

    private async Task<bool> TryAppendAsync(Guid id, NewSubmission submission)
    {
        try
        {
            await journal.AppendAsync(id, IntakeRecord.Write(submission), CancellationToken.None);
            _told = null;
            return true;
        }
        catch (JournalException problem)
        {
            if (_told != problem.Reason)
            {
                _told = problem.Reason;
                LogNotKept(log, problem.Message);
            }

            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the database went away ({Failure} {Code}): a submission was acknowledged by the intake journal alone, and is stored when the database is back")]
    private static partial void LogLeft(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Error, "the intake journal does not take submissions: {Problem} They are stored in the database alone meanwhile")]
    private static partial void LogNotKept(ILogger log, string problem);
}
