using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Looks for statements that wait for a lock which a test holds.</summary>
internal static class Waiters
{
    private const string Waits = """
        select exists (
            select from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query like @statement)
        """;

    /// <summary>Ends when a statement waits whose text is like this.</summary>
    public static async Task WaitingAsync(this TestServer server, string statement)
    {
        while (!await server.QueryAsync<bool>(Waits, new { statement }))
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
