using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Editing;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>Writes what was read and sealed into the database: a new submission, an edit, or more files of one that is here already.</summary>
internal sealed class StoreSubmission(SubmissionWriter writer, EditSubmission edit, CompleteSubmission complete)
{
    /// <summary>Stores it as a new one; returns after the commit. False when it is no new one: its id is taken, or it never meant to be.</summary>
    /// <exception cref="System.Data.Common.DbException">The database refused or is gone.</exception>
    public async Task<bool> TryNewAsync(NewSubmission submission, CancellationToken cancellationToken) =>
        submission is { DeprecatedId: null, IsAgain: false } && await writer.WriteAsync(submission, cancellationToken) == WriteOutcome.Stored;

    /// <summary>Stores what is no new one: an edit, or more files of one that is here; returns after the commit.</summary>
    /// <exception cref="ProblemException">Those of <see cref="EditSubmission"/> and <see cref="CompleteSubmission"/>.</exception>
    /// <exception cref="System.Data.Common.DbException">The database refused or is gone.</exception>
    public async Task<StoredSubmission> RunOnOtherAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        if (submission.DeprecatedId is null)
        {
            return new StoredSubmission(null, await complete.RunAsync(submission, cancellationToken));
        }

        var edited = await edit.RunAsync(submission, cancellationToken);
        return new StoredSubmission(edited.Leaf, edited.Taken);
    }
}

/// <summary>What became of a submission.</summary>
/// <param name="Leaf">The leaf of its entry in the ledger; null when it was here before.</param>
/// <param name="Taken">The rows of its files that were taken; null for all.</param>
internal sealed record StoredSubmission(byte[]? Leaf, IReadOnlySet<Guid>? Taken)
{
    /// <summary>A new one, stored with all its files.</summary>
    public static StoredSubmission New(NewSubmission submission) => new(submission.Change.Leaf, null);
}
