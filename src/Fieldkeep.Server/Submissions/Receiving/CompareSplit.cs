using System.Security.Cryptography;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>
/// Compares an instance with the stored one of its id by what everybody may see of both. By a secret that many hold (a public link, a phone's
/// token) that is all that decides the answer: else whoever holds it could find confidential answers by sending guesses.
/// </summary>
internal sealed class CompareSplit(ConfidentialContents confidential, SealedContents contents, StoredXml stored)
{
    /// <summary>Tells whether both say the same but for confidential answers.</summary>
    /// <exception cref="ProblemException"><c>submission.damaged</c>.</exception>
    public async Task<bool> RunAsync(NewSubmission submission, StoredVersionRef version, CancellationToken cancellationToken)
    {
        if (submission.Confidential is not { } part || submission.Xml is null)
        {
            return false;
        }

        var plan = await confidential.PlanOfAsync(submission.FormVersion, cancellationToken);
        var here = await stored.GetWholeAsync(submission.Project, version.Submission, version.Version, submission.InstanceId, cancellationToken);
        var sent = contents.OpenXml(submission.Project, submission.Id, 1, submission.Xml);
        try
        {
            using var whole = new PooledBytes();
            InstanceSplit.Merge(sent, confidential.Open(submission.Project, submission.Id, 1, part.Sealed), whole);

            // Both by one plan, and with the stored one's id: else points would be displaced to different places.
            using var seenHere = new PooledBytes();
            using var seenSent = new PooledBytes();
            confidential.Split(submission.Project, version.Submission, plan, here, null, seenHere);
            confidential.Split(submission.Project, version.Submission, plan, whole.Written.Span, null, seenSent);
            return seenHere.Written.Span.SequenceEqual(seenSent.Written.Span);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(here);
            CryptographicOperations.ZeroMemory(sent);
        }
    }
}
