using System.Text.Json;
using Fieldkeep.Journal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
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
    SealedContents contents,
    ServerSettings settings,
    Keyring keyring,
    Db db,
    ILogger<DrainAgain> log)
{
    /// <summary>The file in the data directory that <c>fieldkeep restore</c> leaves: it goes when a journal was drained, and with nothing else.</summary>
    public const string Mark = "journal.again";

    private const int MostTogether = 64;
    private const int MostReason = IntakeJournal.MaxReasonLength;

    private const string Count = "select count(*) from submissions.versions";

    private const string IsHere = """
        select exists (select from submissions.submissions where id = @id)
        """;

    // It is here, was rewritten, or lies in the trash; or it, or what it edits, was purged.
    private const string IsSettledEdit = """
        select exists (
            select from submissions.versions v join submissions.submissions s on s.id = v.submission_id
            where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft
              and (v.content_mac = @mac or v.rewritten_at is not null or s.deleted_at is not null))
          or exists (select from submissions.purged where form_id = @form and is_draft = @draft and instance_id = any (@named))
        """;

    private const string IsTrashed = """
        select exists (
            select from submissions.versions v join submissions.submissions s on s.id = v.submission_id
            where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft and s.deleted_at is not null)
        """;

    private static readonly TimeSpan TriesAgain = TimeSpan.FromMinutes(1);

    private readonly List<(JournalRecord Record, NewSubmission Submission)> _group = [];
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
    /// <exception cref="JournalException">What cannot be stored cannot be set aside either; everything else was done.</exception>
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
            if (_group.Count == MostTogether || !isNew || _group.Exists(one => InstanceKey.Of(one.Submission) == InstanceKey.Of(submission)))
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
            var project = IntakeRecord.Peek(record.Content.Span).ProjectKey;
            if (keyring.ErasedProjects.Any(erased => erased.Project == project) || keyring.ErasedRows.Any(erased => erased.Row == record.Id))
            {
                journal.Done(record.Id);
                return null;
            }

            return IntakeRecord.Read(record.Id, record.Content.Span, contents);
        }
        catch (Exception unreadable) when (unreadable is JsonException or VaultException)
        {
            if (!await db.GetAsync<bool>(IsHere, new { id = record.Id }, cancellationToken))
            {
                await SetAsideAsync(journal, record, DrainIntake.Unreadable, cancellationToken);
            }

            return null;
        }
    }

    private async Task AddAsync(IntakeJournal journal, JournalRecord record, NewSubmission submission, CancellationToken cancellationToken)
    {
        if (!files.HasInstance(submission))
        {
            if (!await db.GetAsync<bool>(IsHere, new { id = record.Id }, cancellationToken))
            {
                await SetAsideAsync(journal, record, StoreOther.NoInstance, cancellationToken);
            }

            return;
        }

        submission = await files.WithoutLostAsync(submission, cancellationToken);
        if (!await IsNothingAsync(submission, cancellationToken))
        {
            _group.Add((record, submission));
            return;
        }

        End(journal, record, submission);
    }

    // Late files that are here, of what lies in the trash: a script that sent them would be refused now.
    private async Task<bool> IsNothingAsync(NewSubmission submission, CancellationToken cancellationToken) =>
        submission.Files.All(file => file.Received is null)
        && await db.GetAsync<bool>(IsTrashed, new { form = submission.Form, instance = submission.InstanceId, draft = submission.IsDraft }, cancellationToken);

    private async Task PlaceOtherAsync(IntakeJournal journal, JournalRecord record, NewSubmission submission, CancellationToken cancellationToken)
    {
        try
        {
            var why = await IsSettledAsync(submission, cancellationToken) ? null : await other.RunAsync(submission, cancellationToken);
            if (why is null)
            {
                End(journal, record, submission);
            }
            else
            {
                await SetAsideAsync(journal, record, why, cancellationToken);
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException && !DatabaseFailure.IsOutage(problem))
        {
            await SetAsideAsync(journal, record, ReasonOf(problem), cancellationToken);
        }
    }

    private async Task<bool> IsSettledAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        if (submission.DeprecatedId is null)
        {
            return await IsNothingAsync(await files.WithoutLostAsync(submission, cancellationToken), cancellationToken);
        }

        var arguments = new
        {
            form = submission.Form,
            instance = submission.InstanceId,
            draft = submission.IsDraft,
            mac = submission.ContentMac,
            named = new[] { submission.InstanceId, submission.DeprecatedId, submission.EditOf ?? submission.DeprecatedId },
        };
        return await db.GetAsync<bool>(IsSettledEdit, arguments, cancellationToken);
    }

    private async Task PlaceGroupAsync(IntakeJournal journal, CancellationToken cancellationToken)
    {
        var group = _group.ToList();
        _group.Clear();
        if (group.Count > 0)
        {
            await PlaceAsync(journal, group, cancellationToken);
        }
    }

    private async Task PlaceAsync(IntakeJournal journal, List<(JournalRecord Record, NewSubmission Submission)> group, CancellationToken cancellationToken)
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
        catch (Exception problem) when (problem is not OperationCanceledException && !DatabaseFailure.IsOutage(problem))
        {
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
            await journal.QuarantineKeptAsync(record, why, cancellationToken).WaitAsync(KeepIntake.Patience, cancellationToken);
            LogSetAside(log, record.Id, why);
        }
        catch (Exception problem) when (problem is JournalException or TimeoutException)
        {
            _isWhole = false;
            LogNotSetAside(log, record.Id, why, problem.GetType().Name);
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
