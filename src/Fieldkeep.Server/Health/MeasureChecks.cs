using System.Diagnostics.Metrics;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Health;

/// <summary>Gives how checks stand to whoever collects measurements: 0 well, 1 warning, 2 failing.</summary>
internal sealed class MeasureChecks(LookAtChecks look, Measures measures) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        measures.Observe("fieldkeep.check.state", "How each check stands: 0 well, 1 warning, 2 failing", () => look.Seen.Select(Of));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static Measurement<int> Of(CheckStanding standing) =>
        new((int)standing.Outcome.State, new KeyValuePair<string, object?>("check", standing.Name));
}
