using Fieldkeep.Server.Access;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/projects/…/keys</c> and <c>/api/keys</c>: which keys there are, and their turn. Never a key.</summary>
internal static class KeysApi
{
    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var project = api.MapGroup("/projects/{projectId:long}/keys").WithTags("Keys");
        project.MapGet("", ListAsync)
            .Declare("listProjectKeys", "List a project's data keys, their age and use, and how far their replacement is", Permission.KeyRotate);
        project.MapPost("/rotation", RotateAsync)
            .Declare("rotateProjectKey", "Give a project a new data key; what older ones sealed is sealed anew in the background", Permission.KeyRotate)
            .Refuses(403, "session.confirmation_needed")
            .Refuses(409, "key.rotating");
        var installation = api.MapGroup("/keys").WithTags("Keys");
        installation.MapGet("", GetKeyringAsync)
            .Declare("getKeyring", "Read the state of the server's keyring", Permission.SettingsUpdate);
        installation.MapPost("/epoch", RotateEpochAsync)
            .Declare("rotateEpoch", "Wrap all keys under a new one, in every copy of the keyring", Permission.SettingsUpdate)
            .Refuses(403, "session.confirmation_needed");
    }

    private static async Task<ProjectKeysItem> ListAsync(ProjectCall call, KeyQueries keys) =>
        ProjectKeysItem.Of(await keys.ListAsync(call.Actor, call.Project, call.Aborted));

    private static async Task<RotationItem> RotateAsync(ProjectCall call, RotateProjectKey rotate) =>
        RotationItem.Of(await rotate.RunAsync(call.Actor, call.Project, call.Aborted));

    private static async Task<KeyringItem> GetKeyringAsync(Call call, KeyQueries keys) =>
        KeyringItem.Of(await keys.GetKeyringAsync(call.Actor, call.Aborted));

    private static async Task<EpochItem> RotateEpochAsync(Call call, RotateEpoch rotate) =>
        new([.. (await rotate.RunAsync(call.Actor, call.Aborted)).Where(copy => copy.Problem is not null).Select(copy => copy.Path)]);
}

/// <summary>A project's keys.</summary>
/// <param name="Keys">The one that seals first.</param>
/// <param name="Rotation">The newest replacement; null when there was none.</param>
internal sealed record ProjectKeysItem(IReadOnlyList<DataKeyItem> Keys, RotationItem? Rotation)
{
    /// <summary>Shows them.</summary>
    public static ProjectKeysItem Of(ProjectKeyList list) => new(
        [.. list.Keys.Select(key => new DataKeyItem(key.Id.ToString(), key.CreatedAt, key.IsPrimary, key.Seals, key.IsDue))],
        list.Rotation is { } rotation ? RotationItem.Of(rotation) : null);
}

/// <summary>A data key.</summary>
/// <param name="Id">32 hex digits, as in what it sealed.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Seals">Whether it seals, <c>true</c>, or opens only.</param>
/// <param name="SealCount">How often it sealed, as counted up to a minute ago.</param>
/// <param name="IsDue">Whether it should be replaced: it is a year old, or sealed 2^32 times.</param>
internal sealed record DataKeyItem(string Id, DateTimeOffset CreatedAt, bool Seals, long SealCount, bool IsDue);

/// <summary>A replacement of a project's data key.</summary>
/// <param name="BegunAt">When the new key began to seal.</param>
/// <param name="Resealed">How many values were sealed anew so far.</param>
/// <param name="FinishedAt">When nothing living was sealed with an older key any more.</param>
/// <param name="DestroyAt">When the older keys are destroyed; backups of before open until then.</param>
/// <param name="DestroyedAt">When they were.</param>
internal sealed record RotationItem(
    DateTimeOffset BegunAt, long Resealed, DateTimeOffset? FinishedAt, DateTimeOffset? DestroyAt, DateTimeOffset? DestroyedAt)
{
    /// <summary>Shows one.</summary>
    public static RotationItem Of(RotationRow row) => new(row.BegunAt, row.Resealed, row.FinishedAt, row.DestroyAt, row.DestroyedAt);
}

/// <summary>The server's keyring.</summary>
/// <param name="Installation">The installation.</param>
/// <param name="Generation">Counts its changes.</param>
/// <param name="Epoch">The key that wraps the others; random, says nothing.</param>
/// <param name="RootKeyFingerprint">Tells which root key fits.</param>
/// <param name="HasRecoveryKey">Whether a recovery key was made.</param>
/// <param name="Projects">How many projects have keys.</param>
/// <param name="KeysDue">How many of their keys should be replaced.</param>
/// <param name="RootKeyProviders">Who holds the root key; two while it is moved.</param>
/// <param name="RecoveryKeyMadeAt">When the recovery key was made; null when there is none.</param>
/// <param name="Copies">The keyring's copies in the data directory.</param>
/// <param name="Targets">The backup directories.</param>
/// <param name="Rotations">Replacements of projects' keys that are under way, or whose older keys are not destroyed yet.</param>
internal sealed record KeyringItem(
    Guid Installation,
    long Generation,
    Guid Epoch,
    string RootKeyFingerprint,
    bool HasRecoveryKey,
    int Projects,
    int KeysDue,
    IReadOnlyList<string> RootKeyProviders,
    DateTimeOffset? RecoveryKeyMadeAt,
    IReadOnlyList<KeyringCopyItem> Copies,
    IReadOnlyList<KeyringTargetItem> Targets,
    IReadOnlyList<ProjectRotationItem> Rotations)
{
    /// <summary>Shows it.</summary>
    public static KeyringItem Of(KeyringState state) => new(
        state.Installation,
        state.Generation,
        state.Epoch,
        state.RootFingerprint,
        state.HasRecoveryKey,
        state.Projects,
        state.KeysDue,
        state.Providers,
        state.RecoveryKeyMadeAt,
        [.. state.Copies.Select(copy => new KeyringCopyItem(copy.Path, copy.IsNewest))],
        [.. state.Targets.Select(one => new KeyringTargetItem(one.Target.Id, one.Target.Directory, one.Look.IsReached, one.Look.IsNewest, one.Look.LastBackupAt))],
        [.. state.Rotations.Select(row => new ProjectRotationItem(row.ProjectId, RotationItem.Of(row)))]);
}

/// <summary>A copy of the keyring in the data directory.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="IsNewest">Whether it is whole and as new as the others.</param>
internal sealed record KeyringCopyItem(string Path, bool IsNewest);

/// <summary>A backup directory.</summary>
/// <param name="Id">Tells disks apart that take turns at one path; null for one of before ids.</param>
/// <param name="Directory">Where it was when it was last seen.</param>
/// <param name="IsReached">Whether it is there at this moment.</param>
/// <param name="IsNewest">Whether it has the keyring as it is now.</param>
/// <param name="LastBackupAt">When its newest backup was begun; null when it is not there or has none.</param>
internal sealed record KeyringTargetItem(string? Id, string Directory, bool IsReached, bool IsNewest, DateTimeOffset? LastBackupAt);

/// <summary>A replacement of a project's data key.</summary>
/// <param name="Project">The project's number.</param>
/// <param name="Rotation">How far it is.</param>
internal sealed record ProjectRotationItem(long Project, RotationItem Rotation);

/// <summary>A new epoch.</summary>
/// <param name="OpenCopies">Copies of the keyring in backup directories that could not be reached.</param>
internal sealed record EpochItem(IReadOnlyList<string> OpenCopies);
