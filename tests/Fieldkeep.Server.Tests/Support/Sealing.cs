using Fieldkeep.Server.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Seals a test server's ledger. Transactions of other tests on the same cluster hold the horizon back for a moment: it waits for them.</summary>
internal static class Sealing
{
    private const string IsSealed = """
        select not exists (select from ledger.entries e where not exists (select from ledger.leaves l where l.entry_id = e.id))
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Seals until every entry is a leaf.</summary>
    public static Task SealAllAsync(this TestServer server) => UntilAsync(async () =>
    {
        await server.Services.GetRequiredService<SealEntries>().RunAsync(CancellationToken.None);
        return await server.QueryAsync<bool>(IsSealed);
    });

    /// <summary>Lets time pass as a running server sees it: what waits to be sealed when an hour is over looks put in later.</summary>
    public static async Task PassAsync(this TestServer server, TimeSpan by)
    {
        await server.SealAllAsync();
        server.Clock.Advance(by);
    }

    /// <summary>Does something again and again until it says that it is done.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isDone)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await isDone())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, "It did not come to pass.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
