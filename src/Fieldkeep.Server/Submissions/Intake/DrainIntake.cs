using Fieldkeep.Journal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Brings what the intake journal has and the database does not into it: after a start what a killed server left, later what was acknowledged while the
/// database was away. In the order in which it came; each once, for the database knows what it has.
/// </summary>
/// <remarks>
/// Only what can never be stored is set aside. Whatever else goes wrong may pass: the record waits, longer each time, and those behind it are stored.
/// </remarks>
internal sealed partial class DrainIntake(
    OpenedIntake opened,
    KeepIntake intake,
    LeftSubmissions left,
    PlaceRecords place,
    StoreOther other,
    ReadWaiting waiting,
    DrainAgain again,
    WatchIntake watch,
    Db db,
    TimeProvider clock,
    ILogger<DrainIntake> log)
    : BackgroundRounds(TimeSpan.FromSeconds(1))
{
    // Records that fail in one round, before the rest has to wait for the next.
    private const int MostFailures = 20;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly FailedRecords _failed = new(clock);
    private readonly RecordGroup _group = new();
    private int _failures;

    // The record that the last round ended at: the next one goes on behind it, so that those in front never starve those behind.
    private Guid? _endedAt;
    private int _failedRounds;
    private int _drained;

    /// <summary>Gives why records wait that were tried, by their id.</summary>
    public IReadOnlyDictionary<Guid, string> Failures => _failed.List();

    /// <inheritdoc/>
    protected override TimeSpan AfterFailure =>
        TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(_failedRounds, 10))));

    /// <summary>Lets records that wait because they failed be tried in the next round.</summary>
    public void Forget() => _failed.Clear();

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        watch.Look();
        if (opened.Journal is not { } journal)
        {
            return;
        }

        if (again.IsOwed)
        {
            await again.RunOwedAsync(cancellationToken);
        }

        await left.LoadAsync(cancellationToken);
        if (!journal.HasWaiting(IsNotDue))
        {
            return;
        }

        (_drained, _failures) = (0, 0);
        _failedRounds++;
        try
        {
            await DrainAsync(journal, cancellationToken);
        }
        finally
        {
            _group.Clear();
            if (_drained > 0)
            {
                LogDrained(log, _drained);
            }
        }

        _failedRounds = _failures > 0 ? _failedRounds : 0;
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    private async Task DrainAsync(IntakeJournal journal, CancellationToken cancellationToken)
    {
        var isPassed = _endedAt is not { } end || !journal.Waits(end);
        Guid? endedAt = null;
        await foreach (var record in journal.ReadUndrainedAsync(cancellationToken))
        {
            if (!isPassed)
            {
                isPassed = record.Id == _endedAt;
                continue;
            }

            if (_failures >= MostFailures)
            {
                break;
            }

            // A request says that its record is done before it says that it ended.
            if (IsNotDue(record.Id) || !journal.Waits(record.Id) || _group.Has(record.Id))
            {
                continue;
            }

            endedAt = record.Id;
            if (await ReadAsync(journal, record, cancellationToken) is not { } submission || IsBehindFirst(journal, submission))
            {
                continue;
            }

            if (submission is not { DeprecatedId: null, IsAgain: false })
            {
                await PlaceGroupAsync(journal, cancellationToken);
                await PlaceOtherAsync(journal, submission, cancellationToken);
                continue;
            }

            if (_group.IsFullFor(submission))
            {
                await PlaceGroupAsync(journal, cancellationToken);
                if (IsBehindFirst(journal, submission))
                {
                    continue;
                }
            }

            _group.Add(record, submission);
        }

        _endedAt = _failures >= MostFailures ? endedAt : null;
        await PlaceGroupAsync(journal, cancellationToken);
    }

    // Files that came later wait until the submission has its row: with theirs it would get another leaf than its sender was told of.
    private bool IsBehindFirst(IntakeJournal journal, NewSubmission submission) =>
        left.Find(InstanceKey.Of(submission)) is { } first
        && first.Record != submission.Id.Value
        && journal.Waits(first.Record)
        && !_group.Has(first.Record);

    // An edit of what waits itself comes after it.
    private bool IsOfWaiting(IntakeJournal journal, NewSubmission submission)
    {
        var key = InstanceKey.Of(submission);
        return new[] { submission.DeprecatedId, submission.EditOf }.OfType<string>()
            .Any(named => left.Find(key with { InstanceId = named }) is { } first && journal.Waits(first.Record));
    }

    // What was set aside and a person gave back.
    private async Task PlaceOtherAsync(IntakeJournal journal, NewSubmission submission, CancellationToken cancellationToken)
    {
        if (IsOfWaiting(journal, submission))
        {
            Postpone(submission.Id.Value, IntakeProblems.Waits());
            return;
        }

        string? why;
        try
        {
            why = await other.RunAsync(submission, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever went wrong with one is told, and the others are stored.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            await db.RequireThereAsync(problem, cancellationToken);
            Postpone(submission.Id.Value, problem);
            return;
        }

        await EndAsync(journal, submission, why, cancellationToken);
    }

    // Null when it is dealt with, or has to wait.
    private async Task<NewSubmission?> ReadAsync(IntakeJournal journal, JournalRecord record, CancellationToken cancellationToken)
    {
        var read = await waiting.RunAsync(record, again.IsOwed, cancellationToken);
        if (read.Why is { } why)
        {
            await TrySetAsideAsync(journal, record.Id, why, cancellationToken);
        }
        else if (read.Waits is { } problem)
        {
            Postpone(record.Id, problem);
        }
        else if (read.Submission is null)
        {
            journal.Done(record.Id);
        }

        return read.Submission;
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
        PlacedRecords placed;
        try
        {
            placed = await place.RunAsync(group.ConvertAll(one => one.Submission), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever went wrong with one is told, and the others are stored.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            await db.RequireThereAsync(problem, cancellationToken);
            await PlaceApartAsync(journal, group, problem, cancellationToken);
            return;
        }

        foreach (var (_, submission) in group)
        {
            if (placed.Added.Contains(submission.Id))
            {
                await NoteAddedAsync(journal, submission.Id.Value);
            }

            await EndAsync(journal, submission, placed.Refused.GetValueOrDefault(submission.Id), cancellationToken);
        }
    }

    private async Task PlaceApartAsync(IntakeJournal journal, List<ReadRecord> group, Exception problem, CancellationToken cancellationToken)
    {
        if (group.Count > 1)
        {
            foreach (var one in group)
            {
                await PlaceAsync(journal, [one], cancellationToken);
            }

            return;
        }

        var submission = group[0].Submission;
        switch (problem)
        {
            case var _ when RefuseErased.IsWhy(problem):
                await EndAsync(journal, submission, null, cancellationToken);
                break;
            case var _ when StoreOther.FinalReason(problem) is { } why:
                await EndAsync(journal, submission, why, cancellationToken);
                break;
            default:
                Postpone(submission.Id.Value, problem);
                break;
        }
    }

    // The database has it, or never will: then it is kept until a person decides. It was acknowledged.
    private async Task EndAsync(IntakeJournal journal, NewSubmission submission, string? why, CancellationToken cancellationToken)
    {
        if (why is null)
        {
            journal.Done(submission.Id.Value);
            _drained++;
        }
        else if (!await TrySetAsideAsync(journal, submission.Id.Value, why, cancellationToken))
        {
            return;
        }

        left.Remove(InstanceKey.Of(submission), submission.Id.Value);
        _failed.Remove(submission.Id.Value);
    }

    // Drained once more after a crash, it would bring back a file that somebody cleared meanwhile: no row tells that it was here.
    private static async Task NoteAddedAsync(IntakeJournal journal, Guid record)
    {
        try
        {
            await journal.NoteDoneAsync(record).WaitAsync(TellJournal.Patience);
        }
        catch (Exception problem) when (problem is JournalException or TimeoutException)
        {
            // Its trouble is told where it is watched.
        }
    }

    // False when the journal's disk refuses: it is tried again, and holds up no other.
    private async Task<bool> TrySetAsideAsync(IntakeJournal journal, Guid record, string why, CancellationToken cancellationToken)
    {
        try
        {
            await opened.WithoutMovesAsync(
                async () =>
                {
                    await journal.QuarantineAsync(record, why, cancellationToken);
                    return true;
                },
                cancellationToken).WaitAsync(TellJournal.Patience, cancellationToken);
        }
        catch (Exception problem) when (problem is JournalException or TimeoutException)
        {
            Postpone(record, problem);
            return false;
        }

        LogSetAside(log, record, why);
        return true;
    }

    private void Postpone(Guid record, Exception problem)
    {
        var why = $"{problem.GetType().Name} {DatabaseFailure.CodeOf(problem)}".TrimEnd();
        if (_failed.Note(record, why))
        {
            LogWaits(log, record, why);
        }

        _failures++;
    }

    private bool IsNotDue(Guid record) => intake.IsCurrent(record) || _failed.Waits(record);

    [LoggerMessage(1, LogLevel.Information, "{Count} submissions went from the intake journal into the database")]
    private static partial void LogDrained(ILogger log, int count);

    [LoggerMessage(2, LogLevel.Warning, "the intake journal waits for the database ({Failure} {Code})")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(3, LogLevel.Error, "record {Id} of the intake journal cannot be stored ({Why}) and lies in its quarantine; see “fieldkeep journal”")]
    private static partial void LogSetAside(ILogger log, Guid id, string why);

    [LoggerMessage(4, LogLevel.Error, "record {Id} of the intake journal could not be stored ({Why}); it is tried again")]
    private static partial void LogWaits(ILogger log, Guid id, string why);
}
