namespace Fieldkeep.Server.Submissions.Limiting;

/// <summary>What a project uses.</summary>
internal sealed record Use(long SubmissionsThisHour, long SubmissionsToday, long StoredBytes);
