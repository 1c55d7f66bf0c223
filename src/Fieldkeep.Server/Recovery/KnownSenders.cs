using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Recovery;

/// <summary>Knows who of a restored database is still the same here: an account that was removed since stays gone, and a number given anew is somebody else's.</summary>
internal sealed class KnownSenders(Db db)
{
    private const string Removed = "select id from accounts.tombstones_view where id = any (@ids)";

    // By number: whether they are the same here.
    private readonly Dictionary<ActorId, bool> _known = [];

    /// <summary>Those of then who are gone, so far.</summary>
    public IReadOnlySet<ActorId> Gone => _known.Where(pair => !pair.Value).Select(pair => pair.Key).ToHashSet();

    /// <summary>Looks them up.</summary>
    public async Task LearnAsync(RecoverySource source, IEnumerable<ActorId> actors, CancellationToken cancellationToken)
    {
        var unknown = actors.Where(actor => actor.Value > 0 && !_known.ContainsKey(actor)).Distinct().ToList();
        if (unknown.Count == 0)
        {
            return;
        }

        var then = (await source.ListActorsAsync(unknown, cancellationToken)).ToDictionary(actor => actor.Id);
        var now = (await ActorsThen.ListAsync(db, unknown, cancellationToken)).ToDictionary(actor => actor.Id);
        var removed = (await db.ListAsync<ActorId>(Removed, new { ids = unknown.Select(actor => actor.Value).ToArray() }, cancellationToken)).ToHashSet();
        foreach (var actor in unknown)
        {
            _known[actor] = then.TryGetValue(actor, out var was) && now.TryGetValue(actor, out var known)
                && was.Kind == known.Kind && was.CreatedAt == known.CreatedAt && !removed.Contains(actor);
        }
    }

    /// <summary>Gives who somebody is here: nobody for those who are gone.</summary>
    public ActorId Of(ActorId actor) => actor.Value <= 0 || _known[actor] ? actor : default;
}
