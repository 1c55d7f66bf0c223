using System.Runtime.ExceptionServices;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>Does something for each of several projects: one that fails keeps no other from its turn, and is told at the end.</summary>
internal sealed class EachProject
{
    private Exception? _first;

    /// <summary>Does it for one.</summary>
    public async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
#pragma warning disable CA1031 // Thrown when all had their turn.
        catch (Exception problem) when (problem is not OperationCanceledException)
#pragma warning restore CA1031
        {
            _first ??= problem;
        }
    }

    /// <summary>Throws what failed first, if anything did.</summary>
    public void Tell()
    {
        if (_first is { } problem)
        {
            ExceptionDispatchInfo.Throw(problem);
        }
    }
}
