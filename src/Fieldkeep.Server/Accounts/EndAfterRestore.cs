using Fieldkeep.Backup;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Accounts;

/// <summary>
/// Ends what a restored database brought back to life: sessions that had been ended since, resets of second factors that had been
/// stopped, links of letters that had been used. Phones and tokens go on; those revoked since the backup must be revoked anew.
/// </summary>
internal sealed partial class EndAfterRestore(
    Db db,
    ServerSettings settings,
    IEnumerable<AfterRestore> others,
    ChangeLog changes,
    PublishCheckpoints checkpoints,
    AuditLog audit,
    TimeProvider clock,
    ILogger<EndAfterRestore> log)
{
    /// <summary>The file in the data directory that <c>fieldkeep restore</c> leaves for the next start.</summary>
    public const string Mark = RestoreBackup.Mark;

    private const string EndSessions = "update accounts.sessions set ended_at = @now where ended_at is null and expires_at > @now";
    private const string StopResets = """
        update accounts.factor_resets set cancelled_at = @now where cancelled_at is null and done_at is null
        """;
    private const string EndLinks = """
        update accounts.password_resets set ended_at = @now where used_at is null and ended_at is null
        """;
    private const string EndAttempts = "delete from accounts.external_attempts";

    /// <summary>Does it if this data directory was restored and not served since; gives whether it was.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        var mark = Path.Combine(settings.DataDirectory, Mark);
        if (!File.Exists(mark))
        {
            return false;
        }

        var ended = await RunAsync(Actor.System(Door.CommandLine), cancellationToken);
        File.Delete(mark);
        LogEnded(log, ended.Sessions, ended.Resets);
        return true;
    }

    /// <summary>Does it; gives how many ended.</summary>
    public async Task<EndedCount> RunAsync(Actor actor, CancellationToken cancellationToken)
    {
        var at = new { now = clock.GetUtcNow() };
        await using var tx = await db.BeginAsync(cancellationToken);
        var ended = new EndedCount(
            await tx.ExecuteAsync(EndSessions, at, cancellationToken), await tx.ExecuteAsync(StopResets, at, cancellationToken));
        await tx.ExecuteAsync(EndLinks, at, cancellationToken);
        await tx.ExecuteAsync(EndAttempts, at, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("session.end_all", null, "installation", "", null, ended), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("session.end_all", null, "installation", "", null), cancellationToken);
        await tx.CommitAsync(cancellationToken);

        // A database of one's own leaves no mark when it is restored; the checkpoints that left it tell.
        if (File.Exists(Path.Combine(settings.DataDirectory, Mark)) || await checkpoints.IsAheadAsync(cancellationToken))
        {
            foreach (var other in others)
            {
                await other.RunAsync(cancellationToken);
            }

            await RecordAsync(cancellationToken);
        }

        return ended;
    }

    // Checkpoints that were signed after the backup are given up by it: “fieldkeep verify” finds out from this entry.
    private async Task RecordAsync(CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var last = await Checkpoints.FindLastAsync(tx, cancellationToken);
        await changes.AppendAsync(
            tx,
            Actor.System(Door.CommandLine),
            new Change("ledger.restore", null, "installation", "", null, new { checkpoint = last?.Size ?? 0 }),
            cancellationToken);
        await tx.CommitAsync(cancellationToken);
        checkpoints.Forgive();
    }

    [LoggerMessage(1, LogLevel.Warning, "restored from a backup: {Sessions} sessions were ended and {Resets} resets of second factors stopped, for they may have ended before. Phones and tokens that were revoked since the backup must be revoked anew.")]
    private static partial void LogEnded(ILogger log, int sessions, int resets);
}

/// <summary>What a higher room does once, before it serves a database that was restored.</summary>
internal sealed record AfterRestore(Func<CancellationToken, Task> RunAsync);

/// <summary>How much ended.</summary>
internal sealed record EndedCount(int Sessions, int Resets);
