using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Keys.Rotation;

/// <summary>Adds up how often each key has sealed, once a minute; a process that dies forgets what it had not noted.</summary>
internal sealed partial class CountSeals(Db db, Keyring keyring, TimeProvider clock, ILogger<CountSeals> log) : BackgroundRounds(Every)
{
    private const string Add = """
        insert into keys.usage as u (key_id, seals, counted_at)
        select key, seals, @now from unnest(@keys::uuid[], @seals::bigint[]) as counted (key, seals)
        on conflict (key_id) do update set seals = u.seals + excluded.seals, counted_at = excluded.counted_at
        """;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override TimeSpan First => Every;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // A count that is lost harms nobody; a stop that fails leaves a server unsealed. So nothing is thrown, not even that there was no time.
        await TryAsync(() => RunAsync(cancellationToken), CancellationToken.None);
    }

    /// <summary>Notes what was counted since the last time. A count that is a minute short harms nobody: the limit is 2^32.</summary>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        var counted = Keys().Select(key => (Key: key.Id.Value, Seals: key.TakeSeals())).Where(one => one.Seals > 0)
            .GroupBy(one => one.Key).Select(one => (one.Key, Seals: one.Sum(part => part.Seals))).ToList();
        if (counted.Count == 0)
        {
            return;
        }

        var arguments = new
        {
            keys = counted.Select(one => one.Key).ToArray(),
            seals = counted.Select(one => one.Seals).ToArray(),
            now = clock.GetUtcNow(),
        };
        await db.ExecuteAsync(Add, arguments, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    private IEnumerable<DataKey> Keys() => keyring.Projects
        .Select(keyring.FindProjectKeys).OfType<ProjectKeys>()
        .SelectMany(project => project.SealingKeys.Append(project.Ledger).Distinct()).Append(keyring.InstallationKey);

    [LoggerMessage(1, LogLevel.Warning, "how often keys sealed was not noted ({Failure} {Code})")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
