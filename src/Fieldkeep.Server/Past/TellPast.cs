using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Past;

/// <summary>Puts a project's past together, whoever asks: callers check access first.</summary>
internal sealed class TellPast(ReadEntries entries, Reach reach)
{
    /// <summary>Tells how a project was set up at an instant, and who reached it; null before it was made.</summary>
    public async Task<PastState?> RunAsync(ProjectRef project, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var state = new FoldState();
        await foreach (var entry in entries.StreamUntilAsync(project, FoldState.Families, at, cancellationToken))
        {
            state.Add(entry);
        }

        if (state.Project is not { } then)
        {
            return null;
        }

        var people = await reach.ListAsync(Scope.Of(project.Id), new Stretch(at, at), null, cancellationToken);
        return new PastState(at, then, state.Forms, state.Deployments, state.Conditions, [.. people.Where(row => row.ReachesIn)], state.Unreadable);
    }
}
