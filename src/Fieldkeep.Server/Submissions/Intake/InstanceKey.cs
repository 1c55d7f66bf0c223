using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>What is there once: an instance of a form, or of a test of its draft.</summary>
internal readonly record struct InstanceKey(FormId Form, bool IsDraft, string InstanceId)
{
    /// <summary>Gives that of a submission.</summary>
    public static InstanceKey Of(NewSubmission submission) => new(submission.Form, submission.IsDraft, submission.InstanceId);
}
