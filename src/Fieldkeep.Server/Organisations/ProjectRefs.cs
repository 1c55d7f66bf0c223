using System.Collections.Concurrent;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>Keeps which project has which key entry in memory, for the door that phones use most.</summary>
/// <remarks>A project moved to the trash is gone from here as <see cref="ChangeSignals"/> says; grants decide meanwhile.</remarks>
internal sealed class ProjectRefs(ProjectQueries projects, KeptRows<KeptProjectKey> rows, WhileAway away, ChangeSignals signals, TimeProvider clock)
{
    /// <summary>Finds entries in the keyring by number.</summary>
    public static readonly KeysOfProjects Keys = new("select id, key_id from organisations.projects where id = any (@ids)");

    private readonly ConcurrentDictionary<ProjectId, Kept> _kept = new();

    /// <summary>Gives a project that is not in the trash, whoever asks; operations ask what the actor may do there.</summary>
    /// <exception cref="ProblemException"><c>access.not_found</c>.</exception>
    public async ValueTask<ProjectRef> GetRefAsync(ProjectId id, CancellationToken cancellationToken)
    {
        var changes = signals.CountOf(ChangeKind.Projects);
        if (_kept.TryGetValue(id, out var kept) && kept.Changes == changes && signals.IsFresh(kept.ReadAt))
        {
            return kept.Project;
        }

        var readAt = clock.GetTimestamp();
        if (await away.AskAsync(async () => (await projects.FindAsync(id, cancellationToken))?.Ref, () => FindKept(id)) is not { } project)
        {
            _kept.TryRemove(id, out _);
            throw AccessProblems.Unseen();
        }

        if (!WhileAway.IsUsed)
        {
            _kept[id] = new Kept(readAt, changes, project);
        }

        return project;
    }

    private ProjectRef? FindKept(ProjectId id) =>
        rows.Find($"{id}").FirstOrDefault() is { } row ? new ProjectRef(id, row.KeyId) : null;

    private sealed record Kept(long ReadAt, long Changes, ProjectRef Project);
}

/// <summary>A project as it is kept for when the database is away.</summary>
internal sealed record KeptProjectKey
{
    /// <summary>Those that are not in the trash.</summary>
    public const string All = "select id, key_id from organisations.projects where deleted_at is null order by id";

    public long Id { get; init; }

    public Guid KeyId { get; init; }
}
