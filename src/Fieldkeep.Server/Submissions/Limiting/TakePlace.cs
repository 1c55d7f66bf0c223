using System.Data.Common;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Limiting;

/// <summary>Takes the place of what is about to be stored in its project's limits. What is here already is answered as ever: its phone keeps nothing for nothing.</summary>
internal sealed class TakePlace(ProjectUse use, CompleteSubmission complete, LeftSubmissions left)
{
    /// <summary>Takes it; gives the submission back, as one that is here when the project would take no new one, and what was taken.</summary>
    /// <exception cref="ProblemException"><c>limit.submissions</c>, <c>limit.stored_bytes</c>.</exception>
    public async ValueTask<(NewSubmission Submission, TakenPlace? Taken)> RunAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        // What waits in the journal is answered as it was there.
        await left.LoadAsync(cancellationToken);
        if (submission.IsAgain || left.Find(InstanceKey.Of(submission)) is not null)
        {
            return (submission, null);
        }

        try
        {
            return (submission, await use.TakeAsync(submission, cancellationToken));
        }
        catch (ProblemException refused) when (refused.Status == 429)
        {
            if (!await complete.IsAnsweredAsync(submission, cancellationToken))
            {
                throw;
            }

            // An edit that is here is found by what stores edits.
            return (submission.DeprecatedId is null ? submission with { IsAgain = true } : submission, null);
        }
        catch (Exception unknown) when (unknown is DbException || DatabaseFailure.IsOutage(unknown))
        {
            // Its sender was let in: what the limits are is no reason to refuse what the journal takes.
            return (submission, null);
        }
    }
}
