using System.Text.Json;
using Fieldkeep.Backup;
using Fieldkeep.Journal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Stores once more what the journal still holds and a restored database lacks: all that was acknowledged since, submissions, edits and late files, in their
/// order, each once.
/// </summary>
/// <remarks>
/// What the keyring knows to be erased does not come, and what was trashed or purged in this database stays so. What cannot be stored is set aside, durably,
/// and holds up nothing: one record keeps neither the others nor the server from their work.
/// </remarks>
internal sealed partial class DrainAgain(
    OpenedIntake opened,
    KeepIntake intake,
    LeftSubmissions left,
    PlaceRecords place,
    StoreOther other,
    FindFiles files,
    FindSettled settled,
    ReadWaiting waiting,
    SealedContents contents,
    ServerSettings settings,
    Db db,
    ILogger<DrainAgain> log)
{
    /// <summary>The file in the data directory that <c>fieldkeep restore</c> leaves: it goes when a journal was drained, and with nothing else.</summary>
    public const string Mark = RestoreBackup.JournalMark;

    private const int MostReason = IntakeJournal.MaxReasonLength;

    private const string Count = "select count(*) from submissions.versions";

    private static readonly TimeSpan TriesAgain = TimeSpan.FromMinutes(1);

    private readonly RecordGroup _group = new();
    private volatile bool _isOwed;
    private long _triedAt;
    private bool _isWhole;

    /// <summary>Whether a restored database still lacks what the journal holds: edits that wait are not taken for what their senders still have.</summary>
    public bool IsOwed => _isOwed;

    private string MarkPath => Path.Combine(settings.DataDirectory, Mark);

    /// <summary>Does it if this data directory was restored and its journal not drained since; a server that is about to serve asks it. Whatever fails is told and tried again.</summary>
    public async Task RunOwedAsync(CancellationToken cancellationToken)
    {
        if (!_isOwed && !File.Exists(MarkPath))
        {
            return;
        }

        if (_isOwed && TimeProvider.System.GetElapsedTime(_triedAt) < TriesAgain)
        {
            return;
        }

        (_isOwed, _triedAt) = (true, TimeProvider.System.GetTimestamp());
        try
        {
            await RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Better a server that lacks some than none: it is told, the mark stays, and it is tried again.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            LogOwed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }
    }

    /// <summary>Does it; gives how many submissions and edits came back. Asked again, it changes nothing.</summary>
    /// <exception cref="System.Data.Common.DbException">The database is away: what is left comes when it is asked again.</exception>
    /// <exception cref="JournalException">What cannot be stored cannot be set aside either; everything else was done, but for what came after a disk that hangs.</exception>
    public Task<long> RunAsync(CancellationToken cancellationToken) =>
        opened.WithoutMovesAsync(() => RunAloneAsync(cancellationToken), cancellationToken);

    private async Task<long> RunAloneAsync(CancellationToken cancellationToken)
    {
        if (opened.Journal is not { } journal)
        {
            LogClosed(log);
            return 0;
        }

        _group.Clear();
        _isWhole = true;
        var read = 0L;
        var before = await db.GetAsync<long>(Count, null, cancellationToken);
        await foreach (var record in journal.ReadKeptAsync(DateTimeOffset.MinValue, intake.Current, cancellationToken))
        {
            read++;
            if (await ReadAsync(journal, record, cancellationToken) is not { } submission)
            {
                continue;
            }

            var isNew = submission is { DeprecatedId: null, IsAgain: false };
            if (!isNew || _group.IsFullFor(submission))
            {
                await PlaceGroupAsync(journal, cancellationToken);
            }

            await (isNew ? AddAsync(journal, record, submission, cancellationToken) : PlaceOtherAsync(journal, record, submission, cancellationToken));
        }

        await PlaceGroupAsync(journal, cancellationToken);
        var back = await db.GetAsync<long>(Count, null, cancellationToken) - before;
        LogBack(log, back);
        End(read);
        return back;
    }

    private void End(long read)
    {
        if (!_isWhole)
        {
            throw new JournalException(JournalTrouble.Broken, "What the restored database cannot hold could not be set aside: look at the disk of the journal.");
        }

        _isOwed = false;
        if (read > 0)
        {
            File.Delete(MarkPath);
        }
        else if (File.Exists(MarkPath))
        {
            LogEmpty(log, opened.Folder);
        }
    }

    // Null when it was erased, or cannot be read; then it is set aside, unless it is here.
    private async Task<NewSubmission?> ReadAsync(IntakeJournal journal, JournalRecord record, CancellationToken cancellationToken)
    {
        try
        {
            if (waiting.IsErased(record))
            {
                journal.Done(record.Id);
                return null;
            }

            return IntakeRecord.Read(record.Id, record.Content.Span, contents);
        }
        catch (Exception unreadable) when (unreadable is JsonException or VaultException { Reason: not VaultFailure.KeyringForked })
        {
            if (!await settled.IsHereAsync(record.Id, cancellationToken))
            {
                await SetAsideAsync(journal, record, ReadWaiting.Unreadable, cancellationToken);
            }

            return null;
        }
    }

    private async Task AddAsync(IntakeJournal journal, JournalRecord record, NewSubmission submission, CancellationToken cancellationToken)
    {
        if (!files.HasInstance(submission))
        {
            if (!await settled.IsHereAsync(record.Id, cancellationToken))
            {
                await SetAsideAsync(journal, record, StoreOther.NoInstance, cancellationToken);
            }

            return;
        }

        submission = await files.WithoutLostAsync(submission, cancellationToken);
        if (!await settled.IsNothingAsync(submission, cancellationToken))
        {
            _group.Add(record, submission);
            return;
        }

        End(journal, record, submission);
    }

    private async Task PlaceOtherAsync(IntakeJournal journal, JournalRecord record, NewSubmission submission, CancellationToken cancellationToken)
    {
        try
        {
            var why = await settled.IsOtherAsync(submission, cancellationToken) ? null : await other.RunAsync(submission, cancellationToken);
            if (why is null)
            {
                End(journal, record, submission);
            }
            else
            {
                await SetAsideAsync(journal, record, why, cancellationToken);
            }
        }
        catch (Exception problem) when (problem is not (OperationCanceledException or JournalException))
        {
            await db.RequireThereAsync(problem, cancellationToken);
            await SetAsideAsync(journal, record, ReasonOf(problem), cancellationToken);
        }
    }

    private async Task PlaceGroupAsync(IntakeJournal journal, CancellationToken cancellationToken)
    {
        if (_group.Take() is { Count: > 0 } group)
        {
            await PlaceAsync(journal, group, cancellationToken);
        }
    }

    private async Task PlaceAsync(IntakeJournal journal, List<ReadRecord> group, CancellationToken cancellationToken)
    {
        try
        {
            var placed = await place.RunAsync(group.ConvertAll(one => one.Submission), cancellationToken);
            foreach (var (record, submission) in group)
            {
                if (placed.Refused.GetValueOrDefault(submission.Id) is { } why)
                {
                    await SetAsideAsync(journal, record, why, cancellationToken);
                }
                else
                {
                    End(journal, record, submission);
                }
            }
        }
        catch (Exception problem) when (problem is not (OperationCanceledException or JournalException))
        {
            await db.RequireThereAsync(problem, cancellationToken);
            if (group.Count > 1)
            {
                foreach (var one in group)
                {
                    await PlaceAsync(journal, [one], cancellationToken);
                }
            }
            else if (RefuseErased.IsWhy(problem))
            {
                End(journal, group[0].Record, group[0].Submission);
            }
            else if (StoreOther.FinalReason(problem) is not null || !journal.Waits(group[0].Record.Id))
            {
                await SetAsideAsync(journal, group[0].Record, ReasonOf(problem), cancellationToken);
            }
        }
    }

    private static string ReasonOf(Exception problem)
    {
        var why = StoreOther.FinalReason(problem) ?? $"{problem.GetType().Name} {DatabaseFailure.CodeOf(problem)}".TrimEnd();
        return why.Length > MostReason ? why[..MostReason] : why;
    }

    private void End(IntakeJournal journal, JournalRecord record, NewSubmission submission)
    {
        journal.Done(record.Id);
        left.Remove(InstanceKey.Of(submission), record.Id);
    }

    // By itself, whether it waits or not: it takes no room of what waits.
    private async Task SetAsideAsync(IntakeJournal journal, JournalRecord record, string why, CancellationToken cancellationToken)
    {
        try
        {
            await journal.QuarantineKeptAsync(record, why, cancellationToken).WaitAsync(TellJournal.Patience, cancellationToken);
            LogSetAside(log, record.Id, why);
        }
        catch (JournalException problem)
        {
            _isWhole = false;
            LogNotSetAside(log, record.Id, why, problem.GetType().Name);
        }
        catch (TimeoutException hangs)
        {
            // Each that follows would wait as long: the server starts without them.
            LogNotSetAside(log, record.Id, why, hangs.GetType().Name);
            throw new JournalException(JournalTrouble.Broken, "The disk of the journal does not answer.", hangs);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the database was restored: {Count} submissions and edits that it lacked came back from the intake journal")]
    private static partial void LogBack(ILogger log, long count);

    [LoggerMessage(2, LogLevel.Critical, "the database was restored, and the intake journal is closed: what was acknowledged since is not brought back; open it and start the server again")]
    private static partial void LogClosed(ILogger log);

    [LoggerMessage(3, LogLevel.Critical, "the database was restored, and what the intake journal holds since could not all be stored ({Failure} {Code}); it is tried again each minute and after the next start")]
    private static partial void LogOwed(ILogger log, string failure, string? code);

    [LoggerMessage(4, LogLevel.Error, "record {Id} of the intake journal cannot be stored in the restored database ({Why}) and lies in its quarantine; see “fieldkeep journal”")]
    private static partial void LogSetAside(ILogger log, Guid id, string why);

    [LoggerMessage(5, LogLevel.Critical, "record {Id} of the intake journal cannot be stored in the restored database ({Why}), and not be set aside ({Failure})")]
    private static partial void LogNotSetAside(ILogger log, Guid id, string why, string failure);

    [LoggerMessage(6, LogLevel.Warning, "the database was restored, and the intake journal in {Folder} holds nothing; if there is one on another disk, start with “--journal” or say “fieldkeep journal again”")]
    private static partial void LogEmpty(ILogger log, string folder);
}
