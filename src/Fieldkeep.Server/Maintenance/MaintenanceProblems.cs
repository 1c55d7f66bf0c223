using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Maintenance;

/// <summary>The refusals of the Maintenance room.</summary>
internal static class MaintenanceProblems
{
    /// <summary>No backup runs beside the server.</summary>
    public static ProblemException BackupOff() => new(
        "backup.off", 409, "This server keeps no backup by itself: start it with --backup, or take and try out backups with “fieldkeep backup”.");

    /// <summary>One at a time.</summary>
    public static ProblemException RehearsalRuns() => new("backup.rehearsal_runs", 409, "A restore is being tried out already. Look again when it is done.");

    /// <summary>No server of that name was ever here.</summary>
    public static ProblemException ServerUnknown(string name) => new("server.unknown", 404, $"No server of this database is called {name}: “fieldkeep servers list” names them.");

    /// <summary>It is there.</summary>
    public static ProblemException ServerHeard(string name) => new("server.heard", 409, $"{name} was heard just now: stop it first.");

    /// <summary>Nothing could be restored.</summary>
    public static ProblemException NothingYet() => new(
        "backup.nothing_yet", 409, "There is no base backup yet that could be restored, or the backup directory is not there. Look what /api/backups says of it.");
}
