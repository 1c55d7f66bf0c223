namespace Fieldkeep.Server.Wire.Shared;

/// <summary>How much is in a project.</summary>
/// <param name="Forms">Forms that are not in the trash, drafts included.</param>
/// <param name="AppUsers">App users that may still submit.</param>
/// <param name="Submissions">Submissions to published versions.</param>
internal sealed record ProjectCount(int Forms, int AppUsers, long Submissions, DateTimeOffset? LastSubmission)
{
    /// <summary>An empty project.</summary>
    public static ProjectCount None { get; } = new(0, 0, 0, null);
}
