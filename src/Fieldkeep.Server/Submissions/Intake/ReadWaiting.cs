using System.Text.Json;
using Fieldkeep.Journal;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Reads records that wait, and says what is to become of each.</summary>
internal sealed class ReadWaiting(SealedContents contents, Keyring keyring, FindFiles files)
{
    /// <summary>The reason in quarantine of what cannot be read.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>Whether a record is of a project whose keys were destroyed, or of a person who was erased: nothing of it is stored, and nothing set aside.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    public bool IsErased(JournalRecord record)
    {
        var project = IntakeRecord.Peek(record.Content.Span).ProjectKey;
        return keyring.ErasedProjects.Any(erased => erased.Project == project) || keyring.ErasedRows.Any(erased => erased.Row == record.Id);
    }

    /// <summary>Reads one.</summary>
    /// <param name="record">It waits.</param>
    /// <param name="isOwed">Whether a restored database still lacks edits and late files that it had: those wait for that.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WaitingRead> RunAsync(JournalRecord record, bool isOwed, CancellationToken cancellationToken)
    {
        try
        {
            if (IsErased(record))
            {
                return new WaitingRead();
            }

            var submission = IntakeRecord.Read(record.Id, record.Content.Span, contents);
            if (submission.IsBack)
            {
                return files.HasInstance(submission)
                    ? new WaitingRead { Submission = await files.WithoutLostAsync(submission, cancellationToken) }
                    : new WaitingRead { Why = StoreOther.NoInstance };
            }

            // What is no new one was never acknowledged by the journal alone: either the database had it, or its sender still does.
            return submission is { DeprecatedId: null, IsAgain: false } ? new WaitingRead { Submission = submission }
                : isOwed ? new WaitingRead { Waits = IntakeProblems.Waits() }
                : new WaitingRead();
        }
        catch (JsonException)
        {
            return new WaitingRead { Why = Unreadable };
        }
        catch (VaultException unopened)
        {
            // The keyring may be behind.
            return new WaitingRead { Waits = unopened };
        }
    }
}

/// <summary>What is to become of a record; when it says nothing, it is done with.</summary>
internal sealed record WaitingRead
{
    /// <summary>What is to be stored.</summary>
    public NewSubmission? Submission { get; init; }

    /// <summary>Why it is set aside.</summary>
    public string? Why { get; init; }

    /// <summary>Why it has to wait.</summary>
    public Exception? Waits { get; init; }
}
