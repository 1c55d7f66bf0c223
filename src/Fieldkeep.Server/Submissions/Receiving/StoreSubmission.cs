using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Editing;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>Writes what was read and sealed into the database: a new submission, an edit, or more files of one that is here already.</summary>
internal sealed class StoreSubmission(SubmissionWriter writer, EditSubmission edit, CompleteSubmission complete)
{
    /// <summary>Does it; returns after the commit. Asked again with the same submission, it changes nothing.</summary>
    /// <exception cref="ProblemException">Those of <see cref="EditSubmission"/> and <see cref="CompleteSubmission"/>.</exception>
    /// <exception cref="System.Data.Common.DbException">The database refused or is gone.</exception>
    public async Task<StoredSubmission> RunAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        if (submission.DeprecatedId is not null)
        {
            var edited = await edit.RunAsync(submission, cancellationToken);
            return new StoredSubmission(edited.Leaf, edited.Taken);
        }

        if (!submission.IsAgain && await writer.WriteAsync(submission, cancellationToken) == WriteOutcome.Stored)
        {
            return StoredSubmission.New(submission);
        }

        return new StoredSubmission(null, await complete.RunAsync(submission, cancellationToken));
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
