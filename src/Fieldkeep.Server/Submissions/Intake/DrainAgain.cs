using System.Text.Json;
using Fieldkeep.Journal;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Stores once more what kept segments of the journal hold and a restored database lacks: all that was acknowledged since, submissions, edits and late files, in
/// their order, each once.
/// </summary>
/// <remarks>
/// What the keyring knows to be erased does not come. What was purged by a rule or by hand after the backup comes back as it does in every restore, and the rule
/// finds it again. What cannot be stored is set aside.
/// </remarks>
internal sealed partial class DrainAgain(
    OpenedIntake opened, PlaceRecords place, StoreSubmission store, SealedContents contents, BlobStore blobs, Keyring keyring, Db db, ILogger<DrainAgain> log)
{
    /// <summary>Why one is set aside: its instance lay in a file that the restore did not bring.</summary>
    public const string NoInstance = "instance.missing";

    private const int MostTogether = 64;

    // A file that was here is not brought again: somebody may have cleared it.
    private const string KnownFiles = "select row_id from submissions.attachments where row_id = any (@rows)";

    private const string Count = "select count(*) from submissions.versions";

    private readonly List<(JournalRecord Record, NewSubmission Submission)> _group = [];

    /// <summary>Does it; gives how many submissions and edits came back. Asked again, it changes nothing.</summary>
    /// <exception cref="System.Data.Common.DbException">The database is away: what is left comes when it is asked again.</exception>
    public Task<long> RunAsync(CancellationToken cancellationToken) =>
        opened.WithoutMovesAsync(() => RunAloneAsync(cancellationToken), cancellationToken);

    private async Task<long> RunAloneAsync(CancellationToken cancellationToken)
    {
        if (opened.Journal is not { } journal)
        {
            LogClosed(log);
            return 0;
        }

        var before = await db.GetAsync<long>(Count, null, cancellationToken);
        await foreach (var record in journal.ReadKeptAsync(DateTimeOffset.MinValue, cancellationToken))
        {
            if (TryRead(record) is not { } submission)
            {
                continue;
            }

            if (_group.Count == MostTogether || submission is not { DeprecatedId: null, IsAgain: false }
                || _group.Exists(one => InstanceKey.Of(one.Submission) == InstanceKey.Of(submission)))
            {
                await PlaceGroupAsync(journal, cancellationToken);
            }

            await AddAsync(journal, record, submission, cancellationToken);
        }

        await PlaceGroupAsync(journal, cancellationToken);
        var back = await db.GetAsync<long>(Count, null, cancellationToken) - before;
        LogBack(log, back);
        return back;
    }

    // Null when it was erased, or nobody can read it any more: its keys may have been destroyed since, which the restored database brought up to date.
    private NewSubmission? TryRead(JournalRecord record)
    {
        try
        {
            var project = IntakeRecord.Peek(record.Content.Span).ProjectKey;
            return keyring.ErasedProjects.Any(erased => erased.Project == project) || keyring.ErasedRows.Any(erased => erased.Row == record.Id)
                ? null
                : IntakeRecord.Read(record.Id, record.Content.Span, contents);
        }
        catch (Exception unreadable) when (unreadable is JsonException or VaultException)
        {
            LogUnreadable(log, record.Id, unreadable.GetType().Name);
            return null;
        }
    }

    private async Task AddAsync(IntakeJournal journal, JournalRecord record, NewSubmission submission, CancellationToken cancellationToken)
    {
        if (submission.XmlBlob is { } xml && !blobs.Has(xml.Id))
        {
            await SetAsideAsync(journal, record, NoInstance, cancellationToken);
            return;
        }

        submission = await WithFilesAsync(submission, cancellationToken);
        if (submission is { DeprecatedId: null, IsAgain: false })
        {
            _group.Add((record, submission));
            return;
        }

        try
        {
            await store.RunOnOtherAsync(submission, cancellationToken);
        }
        catch (ProblemException refused)
        {
            await SetAsideAsync(journal, record, refused.Code, cancellationToken);
        }
    }

    // Answers without their photo are worth more than neither.
    private async Task<NewSubmission> WithFilesAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        var rows = submission.Files.Select(file => file.Received?.Row).OfType<Guid>().ToArray();
        if (rows.Length == 0)
        {
            return submission;
        }

        var known = (await db.ListAsync<Guid>(KnownFiles, new { rows }, cancellationToken)).ToHashSet();
        return submission with
        {
            Files = [.. submission.Files.Select(file => file.Received is { } received && (known.Contains(received.Row) || !blobs.Has(received.Blob.Id)) ? file with { Received = null } : file)],
        };
    }

    private async Task PlaceGroupAsync(IntakeJournal journal, CancellationToken cancellationToken)
    {
        var group = _group.ToList();
        _group.Clear();
        if (group.Count == 0)
        {
            return;
        }

        try
        {
            var refused = (await place.RunAsync(group.ConvertAll(one => one.Submission), cancellationToken)).Refused;
            foreach (var (record, _) in group.Where(one => refused.ContainsKey(one.Submission.Id)))
            {
                await SetAsideAsync(journal, record, refused[new SubmissionId(record.Id)], cancellationToken);
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException and not JournalException && !DatabaseFailure.IsOutage(problem))
        {
            // They wait like those of the journal, each by itself, and are tried again.
            foreach (var (record, _) in group)
            {
                await WaitAsync(journal, record, cancellationToken);
            }
        }
    }

    private async Task SetAsideAsync(IntakeJournal journal, JournalRecord record, string why, CancellationToken cancellationToken)
    {
        await WaitAsync(journal, record, cancellationToken);
        await journal.QuarantineAsync(record.Id, why, cancellationToken);
        LogSetAside(log, record.Id, why);
    }

    private static async Task WaitAsync(IntakeJournal journal, JournalRecord record, CancellationToken cancellationToken)
    {
        if (!journal.Waits(record.Id))
        {
            await journal.AppendAsync(record.Id, record.Content, cancellationToken);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the database was restored: {Count} submissions and edits that it lacked came back from the intake journal")]
    private static partial void LogBack(ILogger log, long count);

    [LoggerMessage(2, LogLevel.Critical, "the database was restored, and the intake journal is closed: what was acknowledged since is not brought back; open it and say “fieldkeep journal again”")]
    private static partial void LogClosed(ILogger log);

    [LoggerMessage(3, LogLevel.Error, "record {Id} of the intake journal cannot be read ({Failure}), so it is not known whether the restored database lacks it")]
    private static partial void LogUnreadable(ILogger log, Guid id, string failure);

    [LoggerMessage(4, LogLevel.Error, "record {Id} of the intake journal cannot be stored in the restored database ({Why}) and lies in its quarantine; see “fieldkeep journal”")]
    private static partial void LogSetAside(ILogger log, Guid id, string why);
}
