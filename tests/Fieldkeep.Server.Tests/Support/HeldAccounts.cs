using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Changes an account in the middle of a request: after it looked, before it writes.</summary>
internal static class HeldAccounts
{
    // A request that waits for the row that this test holds.
    private const string Waits = """
        select exists (
            select from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like '%accounts.accounts%')
        """;

    /// <summary>Holds the account, sends, lets the change happen once the request waits for the account, and gives the answer.</summary>
    public static async Task<HttpResponseMessage> WhileSendingAsync(
        this TestServer server, ActorId account, Func<Task<HttpResponseMessage>> send, Func<Tx, Task> change)
    {
        var token = TestContext.Current.CancellationToken;
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(token);
        await AccountFactors.LockAsync(tx, account, token);
        var sending = send();
        while (!await server.QueryAsync<bool>(Waits))
        {
            Assert.False(sending.IsCompleted, "The request did not wait for the account.");
            await Task.Delay(10, token);
        }

        await change(tx);
        await tx.CommitAsync(token);
        return await sending;
    }
}
