namespace Fieldkeep.Server.Submissions;

/// <summary>Says which submission, or which version of it, a request means.</summary>
/// <param name="XmlFormId">The form's own id.</param>
/// <param name="IsDraft">Whether a test of the form's draft is meant.</param>
/// <param name="InstanceId">The id the submission was first sent with.</param>
/// <param name="VersionId">The instance id of one version; null for the current one.</param>
internal sealed record SubmissionPlace(string XmlFormId, bool IsDraft, string InstanceId, string? VersionId = null);
