using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Recoveries;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>What to recover.</summary>
/// <param name="Project">The number of a project that is here, in the trash or not.</param>
/// <param name="At">The moment, with its offset such as <c>2026-11-21T06:00:00Z</c>: what was committed until then is there. <c>latest</c> for all there is.</param>
/// <param name="Unit">The number of the unit that the copy comes to; null for where the project is. Another only by whoever could move the project there.</param>
internal sealed record NewRecovery(long? Project, string? At, long? Unit = null)
{
    /// <summary>Gives it to the operation.</summary>
    public RecoveryWish ToWish() => new(Project, At, Unit);
}

/// <summary>A project that may be recovered.</summary>
/// <param name="Unit">The name of the organisation, branch or team whose it is; null when that is gone.</param>
/// <param name="DeletedAt">When it was moved to the trash; null when it lies there not.</param>
internal sealed record RecoverableProjectItem(long Id, string Name, string? Unit, DateTimeOffset CreatedAt, DateTimeOffset? DeletedAt)
{
    /// <summary>Shows one.</summary>
    public static RecoverableProjectItem Of(KeptProject project, string? unit) => new(project.Id.Value, project.Name, unit, project.CreatedAt, project.DeletedAt);
}

/// <summary>What a recovery would take. Whether the project was there then, and with what, only the restore itself tells.</summary>
/// <param name="Project">The number of the project.</param>
/// <param name="Name">Its name now.</param>
/// <param name="Backup">The base backup.</param>
/// <param name="TakenAt">When that was begun.</param>
/// <param name="Until">The last moment that can be restored; null when nothing was kept after the base backup.</param>
/// <param name="DatabaseBytes">Bytes of the sealed copy of the database.</param>
/// <param name="LogBytes">Bytes of the sealed log of changes that is replayed.</param>
/// <param name="FileCount">Files, of all projects: they are restored, too.</param>
/// <param name="FileBytes">Their bytes.</param>
internal sealed record RecoveryPreviewItem(
    long Project, string Name, string Backup, DateTimeOffset TakenAt, DateTimeOffset? Until, long DatabaseBytes, long LogBytes, long FileCount, long FileBytes)
{
    /// <summary>Shows it.</summary>
    public static RecoveryPreviewItem Of(RecoveryPreview preview) => new(
        preview.Wanted.Project.Id.Value,
        preview.Wanted.Project.Name,
        preview.Plan.Backup,
        preview.Plan.TakenAt,
        preview.Plan.Until,
        preview.Plan.DatabaseBytes,
        preview.Plan.LogBytes,
        preview.Plan.BlobCount,
        preview.Plan.BlobBytes);
}

/// <summary>A recovery and how it stands.</summary>
/// <param name="Project">The number of the project.</param>
/// <param name="ProjectName">Its name; null when it is gone.</param>
/// <param name="At">The moment asked for; null for all there is.</param>
/// <param name="State"><c>waiting</c>, <c>restoring</c>, <c>copying</c>, <c>done</c> or <c>failed</c>.</param>
/// <param name="AskedAt">When somebody asked for it; who did stands in the ledger.</param>
/// <param name="EndedAt">When it ended; null while it goes on.</param>
/// <param name="Progress">How many submissions are copied of how many; null while that is not known, and after the end.</param>
/// <param name="Backup">The base backup; null before what was restored runs.</param>
/// <param name="AsOf">The moment that was restored; null before that.</param>
/// <param name="Copy">The number of the new project; null when there is none.</param>
/// <param name="CopyName">Its name; null when it is gone.</param>
/// <param name="Counts">How many of each came along; null before the end.</param>
/// <param name="Missing">What could not come along, by name; null before the end, in lists, and for whoever may not read what happened in the new project.</param>
/// <param name="Left">What does not by its kind, by name; null as <c>missing</c>.</param>
/// <param name="ProblemCode">Why it failed; null when it did not.</param>
/// <param name="Problem">The same in a sentence.</param>
internal sealed record RecoveryItem(
    long Id,
    long Project,
    string? ProjectName,
    DateTimeOffset? At,
    string State,
    DateTimeOffset AskedAt,
    DateTimeOffset? EndedAt,
    RecoveredItem? Progress,
    string? Backup,
    DateTimeOffset? AsOf,
    long? Copy,
    string? CopyName,
    RecoveryCountsItem? Counts,
    IReadOnlyList<string>? Missing,
    IReadOnlyList<string>? Left,
    string? ProblemCode,
    string? Problem)
{
    /// <summary>Shows one.</summary>
    public static RecoveryItem Of(ShownRecovery shown)
    {
        var (asked, names) = (shown.Recovery, shown.Names);
        return new RecoveryItem(
            asked.Id,
            asked.ProjectId,
            names.GetValueOrDefault(asked.ProjectId),
            asked.Wanted,
            asked.State,
            asked.AskedAt,
            asked.EndedAt,
            asked.IsOpen && shown.Soon is { } soon ? RecoveredItem.Of(soon) : null,
            asked.Backup,
            asked.AsOf,
            asked.CopyId,
            asked.CopyId is { } copy ? names.GetValueOrDefault(copy) : null,
            RecoveryRows.CountsOf(asked) is { } counts ? RecoveryCountsItem.Of(counts) : null,
            shown.Told?.Missing,
            shown.Told?.Left,
            asked.ProblemCode,
            asked.Problem);
    }
}

/// <summary>How many there were, and how many came along.</summary>
internal sealed record RecoveredItem(int There, int Here)
{
    /// <summary>Shows it.</summary>
    public static RecoveredItem Of(Recovered count) => new(count.There, count.Here);
}

/// <summary>How many of each there were and came along.</summary>
/// <param name="FormVersions">Published versions of forms, and drafts.</param>
/// <param name="SubmissionVersions">Each edit is one.</param>
/// <param name="Files">Photos above all.</param>
/// <param name="Comments">Remarks about submissions.</param>
/// <param name="Rules">Rules of retention.</param>
/// <param name="Compared">Submissions that were read again in the new project and are the same.</param>
/// <param name="Erased">Submissions that were erased since, and do not come back.</param>
/// <param name="Missing">How many things could not come along.</param>
/// <param name="Left">How many kinds of things do not.</param>
internal sealed record RecoveryCountsItem(
    int Forms,
    RecoveredItem FormVersions,
    RecoveredItem Submissions,
    RecoveredItem SubmissionVersions,
    RecoveredItem Files,
    int Comments,
    RecoveredItem Rules,
    int Compared,
    int Erased,
    int Missing,
    int Left)
{
    /// <summary>Shows them.</summary>
    public static RecoveryCountsItem Of(RecoveryCounts counts) => new(
        counts.Forms,
        RecoveredItem.Of(counts.FormVersions),
        RecoveredItem.Of(counts.Submissions),
        RecoveredItem.Of(counts.SubmissionVersions),
        RecoveredItem.Of(counts.Files),
        counts.Comments,
        RecoveredItem.Of(counts.Rules),
        counts.Compared,
        counts.Erased,
        counts.Missing,
        counts.Left);
}
