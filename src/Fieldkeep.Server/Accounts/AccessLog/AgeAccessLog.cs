using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts.AccessLog;

/// <summary>
/// Takes network addresses from old lines of the access log, leaving pseudonyms, and later those, too; attempts at names that
/// are nobody's go with them. What was done stays.
/// </summary>
internal sealed partial class AgeAccessLog(
    Db db, CallerPseudonyms callers, ServerSettings settings, TimeProvider clock, ILogger<AgeAccessLog> log) : BackgroundRounds(TimeSpan.FromHours(1))
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

    /// <inheritdoc/>
    protected override TimeSpan First => TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        var addresses = clock.GetUtcNow() - settings.AddressesFor;
        var pseudonyms = clock.GetUtcNow() - settings.PseudonymsFor;
        await RepeatAsync(DropAddresses, addresses, cancellationToken);
        await RepeatAsync(DropPseudonyms, pseudonyms, cancellationToken);
        await RepeatAsync(DropStrangers, pseudonyms, cancellationToken);
        await callers.EraseAsync(pseudonyms, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    // In parts, so that nobody waits for a lock on many rows.
    private async Task RepeatAsync(string statement, DateTimeOffset until, CancellationToken cancellationToken)
    {
        while (await db.ExecuteAsync(statement, new { until, rows = RowsAtOnce }, cancellationToken) == RowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "old network addresses were not taken from the access log ({Failure} {Code}); it is tried again soon")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
