using Fieldkeep.Backup;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/backups/bases</c>: the base backups that there are.</summary>
internal static class BaseBackupsApi
{
    /// <summary>Maps the route.</summary>
    public static void Map(RouteGroupBuilder api) => api.MapGet("/backups/bases", ListAsync)
        .WithTags("Backups")
        .Declare("listBaseBackups", "List the base backups in the directory that the server follows, newest first", Permission.BackupRun)
        .Refuses(503, "backup.away");

    private static async Task<ItemList<ListedBackupItem>> ListAsync(Call call, ListBaseBackups list) =>
        ItemList.Of(await list.RunAsync(call.Actor, call.Aborted), ListedBackupItem.Of);
}

/// <summary>A base backup.</summary>
/// <param name="TakenAt">When it was begun; null when it cannot be read.</param>
/// <param name="Bytes">Bytes of the sealed copy of the database; null likewise.</param>
/// <param name="FileCount">Files that belong to it; null likewise.</param>
/// <param name="IsByHand">Whether somebody took it by hand: it stays until somebody removes it.</param>
internal sealed record ListedBackupItem(string Name, DateTimeOffset? TakenAt, long? Bytes, long? FileCount, bool IsByHand)
{
    /// <summary>Shows one.</summary>
    public static ListedBackupItem Of(ListedBackup backup) => new(backup.Name, backup.TakenAt, backup.DatabaseBytes, backup.BlobCount, backup.IsByHand);
}
