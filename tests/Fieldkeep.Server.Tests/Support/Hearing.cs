using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Waits for what a server hears of changes.</summary>
internal static class Hearing
{
    /// <summary>Waits until a server has heard all that was committed until now: what it remembers from then on it goes on remembering.</summary>
    public static async Task HearAllAsync(this TestServer server)
    {
        // The last word of all is heard last. Its own kind is one that no test counts.
        var signals = server.Services.GetRequiredService<ChangeSignals>();
        var before = signals.CountOf(ChangeKind.Factors);
        await OnSignal.TellAsync(server.Services.GetRequiredService<Db>(), "factors", TestContext.Current.CancellationToken);
        await Sealing.UntilAsync(() => Task.FromResult(signals.CountOf(ChangeKind.Factors) > before));
    }
}
