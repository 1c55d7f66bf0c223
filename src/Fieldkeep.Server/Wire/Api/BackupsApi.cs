using Fieldkeep.Backup;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/backups</c>: how the backup of the server stands.</summary>
internal static class BackupsApi
{
    /// <summary>Where it is told how the backup stands.</summary>
    private static readonly Uri Place = new("/api/backups", UriKind.Relative);

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/backups", DescribeAsync)
            .WithTags("Backups")
            .Declare("describeBackups", "Read how the backup of this server stands", Permission.BackupRun)
            .Writes<BackupsItem>();
        api.MapPost("/backups/rehearsals", TryOutAsync)
            .WithTags("Backups")
            .Declare("tryOutRestore", "Try out a restore of the backup now, in the background; how it goes is told with the backup", Permission.BackupRun)
            .Refuses(409, "backup.off", "backup.rehearsal_runs", "backup.nothing_yet");
    }

    private static async Task<BackupsItem> DescribeAsync(Call call, DescribeBackups describe) =>
        BackupsItem.Of(await describe.RunAsync(call.Actor, call.Aborted));

    private static async Task<Accepted<BackupsItem>> TryOutAsync(Call call, TryOutRestore tryOut) =>
        TypedResults.Accepted(Place, BackupsItem.Of(await tryOut.RunAsync(call.Actor, call.Aborted)));
}

/// <summary>How the backup of the server stands.</summary>
/// <param name="State"><c>following</c>, <c>off</c>, or <c>not_own_database</c>: a database of one's own is backed up with its own tools.</param>
/// <param name="Warnings"><c>only_copy_on_same_disk</c>: what takes the disk of the data takes the backup with it.</param>
/// <param name="Targets">The backup directories.</param>
internal sealed record BackupsItem(string State, IReadOnlyList<string> Warnings, IReadOnlyList<BackupTargetItem> Targets)
{
    /// <summary>Shows it.</summary>
    public static BackupsItem Of(BackupStanding standing) => standing.State is { } state
        ? new BackupsItem("following", state.IsOnDataDisk == false || state.Store?.WholeAt is not null ? [] : ["only_copy_on_same_disk"], [BackupTargetItem.Of(state)])
        : new BackupsItem(standing.OwnsDatabase ? "off" : "not_own_database", [], []);
}

/// <summary>A backup directory.</summary>
/// <param name="Directory">Where it lies.</param>
/// <param name="IsOnDataDisk">Whether that is the disk of the data; null when it is not known.</param>
/// <param name="ConnectedSince">Since when the log of changes is received; null while it is not.</param>
/// <param name="Until">What was committed until then is there for certain and can be restored to any instant; null before that is known.</param>
/// <param name="LagBytes">Bytes of the log of changes that are in the database only; null when not known.</param>
/// <param name="NewestBase">The newest base backup, which the log carries on; null before there is one.</param>
/// <param name="BlobsLookedAt">When new files were last looked for and copied; null before the first time.</param>
/// <param name="CommitsWait">Whether a change is acknowledged only once it is there, too.</param>
/// <param name="StoppedWaitingAt">When changes were last acknowledged without it because it did not answer; null if never since the start.</param>
/// <param name="Rehearsal">The last time that a restore was tried out; null when there was none.</param>
/// <param name="RehearsalBegunAt">Since when one is being tried out; null while none is.</param>
/// <param name="RehearsalDays">After how many days the server tries one out again; null when it does not by itself.</param>
/// <param name="Rehearsals">The last ones, newest first, ten at most.</param>
/// <param name="Store">The object store that all of it is carried to; null when there is none.</param>
/// <param name="Troubles">What is wrong, in sentences; empty when all is well.</param>
internal sealed record BackupTargetItem(
    string Directory,
    bool? IsOnDataDisk,
    DateTimeOffset? ConnectedSince,
    DateTimeOffset? Until,
    long? LagBytes,
    BaseBackupItem? NewestBase,
    DateTimeOffset? BlobsLookedAt,
    bool CommitsWait,
    DateTimeOffset? StoppedWaitingAt,
    RehearsalItem? Rehearsal,
    DateTimeOffset? RehearsalBegunAt,
    int? RehearsalDays,
    IReadOnlyList<RehearsalItem> Rehearsals,
    BackupStoreItem? Store,
    IReadOnlyList<string> Troubles)
{
    /// <summary>Shows one.</summary>
    public static BackupTargetItem Of(FollowState state) => new(
        state.Directory,
        state.IsOnDataDisk,
        state.Log.ConnectedSince,
        state.Log.Until,
        state.Log.LagBytes,
        state.LastBase is { } last ? new BaseBackupItem(last.Name, last.CompleteAt, last.Bytes) : null,
        state.Blobs.LookedAt,
        state.CommitsWait,
        state.StoppedWaitingAt,
        state.Rehearsals.Last is { } rehearsal ? RehearsalItem.Of(rehearsal) : null,
        state.Rehearsals.BegunAt,
        state.Rehearsals.Every is { } every ? (int)every.TotalDays : null,
        [.. state.Rehearsals.Recent.Select(RehearsalItem.Of)],
        state.Store is { } store ? BackupStoreItem.Of(store) : null,
        state.Troubles);
}

/// <summary>An object store that everything in the backup directory is carried to, in the background: no change waits for it.</summary>
/// <param name="Address">How it is called, like <c>s3://bucket/prefix</c>.</param>
/// <param name="ChangesAt">All changes that lay in the backup directory then are there; null while that was never so since the start.</param>
/// <param name="WholeAt">All there was then is there, base backups too; null while that was never so since the start.</param>
/// <param name="Alarms">What there is not what was put, in sentences: somebody has to look.</param>
/// <param name="LeftOut">What is not carried, because it is damaged in the backup directory, in sentences; the two instants are true but for that.</param>
internal sealed record BackupStoreItem(string Address, DateTimeOffset? ChangesAt, DateTimeOffset? WholeAt, IReadOnlyList<string> Alarms, IReadOnlyList<string> LeftOut)
{
    /// <summary>Shows one.</summary>
    public static BackupStoreItem Of(StoreState state) => new(state.Address, state.ChangesAt, state.WholeAt, state.Alarms, state.LeftOut);
}

/// <summary>A base backup. Every byte of it was read again and opened before it got its name.</summary>
/// <param name="CompleteAt">When its copy of the database was complete.</param>
/// <param name="Bytes">Bytes of the sealed copy of the database.</param>
internal sealed record BaseBackupItem(string Name, DateTimeOffset CompleteAt, long Bytes);

/// <summary>A restore that was tried out: all there is, into a scratch folder, started, verified, and removed.</summary>
/// <param name="BegunAt">When it began.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Backup">The base backup it began with; null when none was found.</param>
/// <param name="LastCommitAt">The time of the last change that was restored; null when there was none since the base backup.</param>
/// <param name="Tables">Tables the restored database answered with.</param>
/// <param name="Blobs">Files brought back.</param>
/// <param name="MissingFiles">Photos and other files that the restored database names and that did not come back.</param>
/// <param name="HadNoRoom">Whether it did not begin, or was ended, because the disk has too little room.</param>
/// <param name="Found">What was found of the ledger and the submissions, in a line.</param>
/// <param name="Problem">Why it failed, or what does not hold; null when all went well.</param>
internal sealed record RehearsalItem(
    DateTimeOffset BegunAt,
    double Seconds,
    string? Backup,
    DateTimeOffset? LastCommitAt,
    long Tables,
    long Blobs,
    long MissingFiles,
    bool HadNoRoom,
    string? Found,
    string? Problem)
{
    /// <summary>Shows one.</summary>
    public static RehearsalItem Of(RehearsalReport report) => new(
        report.BegunAt, report.Seconds, report.Backup, report.LastCommitAt, report.TableCount, report.BlobCount, report.MissingFiles, report.HadNoRoom,
        report.Words, report.Problem);
}
