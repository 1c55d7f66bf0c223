using System.Collections.Concurrent;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Finds the names of people and phones by their ids; unknown ids are left out.</summary>
internal delegate Task<IReadOnlyDictionary<long, string>> FindNames(IEnumerable<long> ids, CancellationToken cancellationToken);

/// <summary>Remembers the names of submitters while rows stream by, and asks for those it does not know yet.</summary>
internal sealed class SubmitterNames(FindNames find)
{
    private readonly ConcurrentDictionary<long, string> _known = new();

    /// <summary>Gives the name of a submitter of a block that was learned; empty when nobody has that id.</summary>
    public string Of(ActorId submitter) => _known.GetValueOrDefault(submitter.Value, "");

    /// <summary>Learns the names of everyone in a block.</summary>
    public ValueTask LearnAsync(SealedBlock block, CancellationToken cancellationToken) =>
        LearnAsync(block.Rows.Select(row => row.Submitter), cancellationToken);

    /// <summary>Learns the names of some.</summary>
    public async ValueTask LearnAsync(IEnumerable<ActorId> submitters, CancellationToken cancellationToken)
    {
        var unknown = submitters.Select(submitter => submitter.Value).Where(id => !_known.ContainsKey(id)).ToHashSet();
        if (unknown.Count == 0)
        {
            return;
        }

        var names = await find(unknown, cancellationToken);
        foreach (var id in unknown)
        {
            _known[id] = names.GetValueOrDefault(id, "");
        }
    }
}
