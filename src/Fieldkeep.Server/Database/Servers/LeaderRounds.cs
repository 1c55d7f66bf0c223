using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>Rounds that only one of the servers on a database does at a time. Whoever asks for a round by hand gets it all the same.</summary>
/// <param name="every">The pause after a round.</param>
/// <param name="leader">Tells whether this server does them.</param>
internal abstract class LeaderRounds(TimeSpan every, LeaderLease leader) : BackgroundRounds(every)
{
    /// <inheritdoc/>
    protected sealed override Task<bool> InTurnAsync(Func<CancellationToken, Task> round, CancellationToken cancellationToken) => leader.RunAsync(round, cancellationToken);
}
