using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>
/// Takes network addresses from old lines of the access log, leaving pseudonyms, and later those, too; attempts at names that
/// are nobody's go with them. What was done stays.
/// </summary>
internal sealed partial class AgeAccessLog(
    Db db, CallerPseudonyms callers, ServerSettings settings, TimeProvider clock, ILogger<AgeAccessLog> log) : BackgroundService
{
    private const int RowsAtOnce = 5_000;

    private const string DropAddresses = """
        update accounts.access_events set address = null
        where id in (select id from accounts.access_events where address is not null and at < @until order by at limit @rows)
        """;
    private const string DropPseudonyms = """
        update accounts.access_events set pseudonym = null, browser = null, system = null
        where id in (select id from accounts.access_events where pseudonym is not null and at < @until order by at limit @rows)
        """;
    private const string DropStrangers = """
        delete from accounts.access_events
        where id in (select id from accounts.access_events where actor_id is null and at < @until order by id limit @rows)
        """;

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan First = TimeSpan.FromMinutes(2);

    /// <summary>Does it once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var addresses = clock.GetUtcNow() - settings.AddressesFor;
        var pseudonyms = clock.GetUtcNow() - settings.PseudonymsFor;
        await RepeatAsync(DropAddresses, addresses, cancellationToken);
        await RepeatAsync(DropPseudonyms, pseudonyms, cancellationToken);
        await RepeatAsync(DropStrangers, pseudonyms, cancellationToken);
        await callers.EraseAsync(pseudonyms, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = First;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(pause, stoppingToken).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            pause = Every;
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                LogFailed(log, thrown.GetType().Name, DatabaseFailure.CodeOf(thrown));
            }
        }
    }

    // In parts, so that nobody waits for a lock on many rows.
    private async Task RepeatAsync(string statement, DateTimeOffset until, CancellationToken cancellationToken)
    {
        while (await db.ExecuteAsync(statement, new { until, rows = RowsAtOnce }, cancellationToken) == RowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "old network addresses were not taken from the access log ({Failure} {Code}); it is tried again in an hour")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
