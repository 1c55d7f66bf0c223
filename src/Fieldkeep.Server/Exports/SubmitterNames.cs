using System.Collections.Concurrent;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>Finds the names of people and phones by their ids; unknown ids are left out.</summary>
internal delegate Task<IReadOnlyDictionary<long, string>> FindNames(IEnumerable<long> ids, CancellationToken cancellationToken);

/// <summary>Remembers the names of submitters while rows stream by, and asks for those it does not know yet.</summary>
internal sealed class SubmitterNames(FindNames find)
{
    private readonly ConcurrentDictionary<long, string> _known = new();

    /// <summary>Gives the name of a submitter of a block that was learned; empty when nobody has that id.</summary>
    public string Of(ActorId submitter) => _known.GetValueOrDefault(submitter.Value, "");

    /// <summary>Learns the names of everyone in a block.</summary>
    public async ValueTask LearnAsync(SealedBlock block, CancellationToken cancellationToken)
    {
        HashSet<long>? unknown = null;
        foreach (var row in block.Rows)
        {
            if (!_known.ContainsKey(row.Submitter.Value))
            {
                (unknown ??= []).Add(row.Submitter.Value);
            }
        }

        if (unknown is null)
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
