using Fieldkeep.Backup;

namespace Fieldkeep.Server;

/// <summary>Restores from the backup that the server follows into a scratch folder beside the living one; whoever starts the server owns folders and clusters.</summary>
/// <param name="RunAsync">Restores, lets somebody look, and removes what was restored.</param>
/// <param name="PlanAsync">Says what it would do; writes nothing.</param>
public sealed record AsideRestores(RestoreAside RunAsync, PlanAside PlanAsync);

/// <summary>Restores as of a moment.</summary>
/// <param name="to">The instant; <see cref="RestoreOptions.Latest"/> for all there is.</param>
/// <param name="look">Gets what was restored while it runs.</param>
/// <param name="progress">Receives sentences for the operator, without secrets.</param>
/// <param name="cancellationToken">Gives up; what was restored is removed all the same.</param>
/// <exception cref="BackupException">It could not be restored.</exception>
public delegate Task RestoreAside(DateTimeOffset to, LookAside look, IProgress<string> progress, CancellationToken cancellationToken);

/// <summary>Looks at what was restored.</summary>
/// <param name="parts">The parts of a server on it. Its background work does not run.</param>
/// <param name="restored">What it is.</param>
/// <param name="cancellationToken">Gives up.</param>
public delegate Task LookAside(IServiceProvider parts, RestoredInstallation restored, CancellationToken cancellationToken);

/// <summary>Says what a restore would do, after reading all of the log that it needs.</summary>
/// <param name="to">As of <see cref="RestoreAside"/>.</param>
/// <param name="cancellationToken">Gives up.</param>
/// <exception cref="BackupException">It could not be restored.</exception>
public delegate Task<RestorePlan> PlanAside(DateTimeOffset to, CancellationToken cancellationToken);
