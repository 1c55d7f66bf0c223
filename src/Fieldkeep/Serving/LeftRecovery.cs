using Fieldkeep.Backup;
using Fieldkeep.Cli;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Recovery;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Serving;

/// <summary>Removes, when the server starts, what a recovery left that was killed: its scratch folder with PostgreSQL, and the half-made copy.</summary>
internal static class LeftRecovery
{
    /// <summary>So long whoever stops or seals waits for it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Does it beside the server's work; what fails is told and tried again at the next start.</summary>
    /// <param name="dataDirectory">The server's.</param>
    /// <param name="server">Its parts.</param>
    public static async Task ClearAsync(string dataDirectory, IServiceProvider server, CancellationToken cancellationToken)
    {
        var progress = new StderrProgress();
        try
        {
            await RestoreScratch.ClearLeftAsync(
                dataDirectory, token => server.GetRequiredService<AbandonLeft>().RunAsync(Actor.System(Door.Job), progress, token), progress, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next start does it.
        }
#pragma warning disable CA1031 // Whatever it is: the server serves without it.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Terminal.Tell($"what a recovery left could not be cleared: {problem.Message}");
        }
    }
}
