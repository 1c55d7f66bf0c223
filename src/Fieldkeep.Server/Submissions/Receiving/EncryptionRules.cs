using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>Says which instances may come encrypted, which must, and which of their files then holds the answers.</summary>
internal static class EncryptionRules
{
    /// <summary>
    /// Refuses a manifest that nobody could ever open, and answers in the clear to a form that asks for encrypted ones: whoever fills
    /// it in trusts that nothing comes in the clear.
    /// </summary>
    /// <exception cref="ProblemException"><c>submission.bad_manifest</c>, <c>submission.not_encrypted</c>, <c>submission.unreadable</c>.</exception>
    public static void RequireFitting(FormDefinition form, InstanceHead head, ReceivedParts received)
    {
        if (!head.IsEncrypted)
        {
            if (form.XForm.SubmissionPublicKey is not null)
            {
                throw SubmissionProblems.NotEncrypted(form.XForm.Id);
            }

            return;
        }

        // A manifest is 2 KB; one that is too large for its row is none.
        if (head.AnswersFile is null || received.XmlBlob is not null || KeyOf(received.Xml.Span).Length == 0)
        {
            throw SubmissionProblems.BadManifest();
        }
    }

    /// <summary>Gives the place of the encrypted answers among the files; null for answers that came in the clear.</summary>
    public static int? OrdinalOf(InstanceHead head)
    {
        for (var at = 0; head.AnswersFile is not null && at < head.AttachmentNames.Count; at++)
        {
            if (head.AttachmentNames[at] == head.AnswersFile)
            {
                return at;
            }
        }

        return null;
    }

    private static string KeyOf(ReadOnlySpan<byte> manifest)
    {
        try
        {
            return EncryptedManifest.Read(manifest).EncryptedKey;
        }
        catch (InstanceException problem)
        {
            throw SubmissionProblems.Unreadable(problem);
        }
    }
}
