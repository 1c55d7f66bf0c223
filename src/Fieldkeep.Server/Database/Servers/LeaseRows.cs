namespace Fieldkeep.Server.Database.Servers;

/// <summary>Takes and renews leases, by the clock of the database alone.</summary>
internal sealed class LeaseRows(Db db, OwnServer own)
{
    /// <summary>The lease of whoever does in the background what only one may do.</summary>
    public const string Background = "background";

    /// <summary>The lease of the server that serves, while only one may.</summary>
    public const string Serving = "serving";

    /// <summary>For how long one is taken. Whoever holds it renews it in a third of that.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(15);

    // One that begins takes the lease of the process that had its folder before: that is gone. A lease that is held in a transaction at this moment is not waited for.
    private const string Take = """
        with free as (
            select name from database.leases
            where name = @lease and (until < now() or until > now() + make_interval(secs => 2 * @length) or run is null or run = @run
                or (@begins and server = @server) or @force)
            for update skip locked)
        update database.leases l
        set run = @run, server = @server, epoch = l.epoch + 1, since = now(), until = now() + make_interval(secs => @length)
        from free where l.name = free.name
        returning l.epoch
        """;

    private const string Renew = """
        update database.leases set until = now() + make_interval(secs => @length) where name = @lease and run = @run and epoch = @epoch
        """;

    private const string LetGo = "update database.leases set until = '-infinity', run = null where name = @lease and run = @run";

    private const string Holder = """
        select run, server, epoch, since, until, until > now() and until <= now() + make_interval(secs => 2 * @length) as is_held
        from database.leases where name = @lease
        """;

    private const string IsThere = "select to_regclass('database.leases') is not null";

    // A session that began before the lease of its process ran out was that process's: a command that took the lock since has a later one.
    private const string EndFormer = """
        select count(pg_terminate_backend(a.pid))
        from database.leases s, pg_locks l join pg_stat_activity a on a.pid = l.pid
        where s.name = @lease and s.server = @server and s.until < now() and a.backend_start < s.until
          and l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
          -- The two halves of the number that is locked.
          and l.classid = 1 and l.objid = 2929042794 and l.objsubid = 1
        """;

    /// <summary>
    /// What begins a transaction of leases and servers. Lost with a crash, or lacking in a copy, these rows are written again: what is done under a lease goes by run and
    /// number. So none waits for a disk or a copy; and one whose other end is gone holds its row for seconds, not until its machine is missed, in hours.
    /// </summary>
    internal const string Lightly = "set local synchronous_commit = off; set local idle_in_transaction_session_timeout = '10s'";

    /// <summary>Takes a lease that is free; null when another has it.</summary>
    /// <param name="lease">Which.</param>
    /// <param name="begins">Whether this process begins: then the one that had its folder before is gone, and its lease is free.</param>
    /// <param name="isForced">Whether nobody else can be there, whatever the row says.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<long?> TakeAsync(string lease, bool begins, bool isForced, CancellationToken cancellationToken)
    {
        var asked = new { lease, run = RunFor(lease), server = lease == Serving ? own.ServingName : own.Name, length = Length.TotalSeconds, begins, force = isForced };
        await using var tx = await db.BeginLightlyAsync(cancellationToken);
        var epoch = await tx.FindAsync<long?>(Take, asked, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return epoch;
    }

    /// <summary>Renews a lease; false when it is another's by now.</summary>
    public async Task<bool> RenewAsync(string lease, long epoch, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginLightlyAsync(cancellationToken);
        var isRenewed = await tx.ExecuteAsync(Renew, new { lease, run = RunFor(lease), epoch, length = Length.TotalSeconds }, cancellationToken) == 1;
        await tx.CommitAsync(cancellationToken);
        return isRenewed;
    }

    /// <summary>Lets go of a lease, if this process has it.</summary>
    public async Task LetGoAsync(string lease, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginLightlyAsync(cancellationToken);
        await tx.ExecuteAsync(LetGo, new { lease, run = RunFor(lease) }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private Guid RunFor(string lease) => lease == Serving ? own.ServingRun : own.Run;

    /// <summary>Tells who has a lease.</summary>
    public Task<LeaseRow> GetAsync(string lease, CancellationToken cancellationToken) => db.GetAsync<LeaseRow>(Holder, new { lease, length = Length.TotalSeconds }, cancellationToken);

    /// <summary>Tells which server serves, also of a database that was never migrated; null when none does.</summary>
    public static async Task<string?> FindServingAsync(Sql sql, CancellationToken cancellationToken) =>
        await sql.GetAsync<bool>(IsThere, null, cancellationToken)
        && await sql.FindAsync<LeaseRow>(Holder, new { lease = Serving, length = Length.TotalSeconds }, cancellationToken) is { IsHeld: true } held
            ? held.Server
            : null;

    /// <summary>
    /// Ends the connection that a former process of a server left with the lock, behind something that keeps connections; only once its lease ran out. Call in the process
    /// that has the folder of this name: the former one is gone then.
    /// </summary>
    /// <returns>How many were ended.</returns>
    public static async Task<long> EndFormerAsync(Sql sql, string server, CancellationToken cancellationToken) =>
        await sql.GetAsync<bool>(IsThere, null, cancellationToken) ? await sql.GetAsync<long>(EndFormer, new { lease = Serving, server }, cancellationToken) : 0;
}

/// <summary>Who has a lease.</summary>
internal sealed record LeaseRow
{
    /// <summary>The process; null when nobody ever had it, or it was let go of.</summary>
    public Guid? Run { get; init; }

    /// <summary>The name of its server.</summary>
    public string? Server { get; init; }

    /// <summary>Its number.</summary>
    public long Epoch { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Until when.</summary>
    public DateTimeOffset Until { get; init; }

    /// <summary>Whether it still runs.</summary>
    public bool IsHeld { get; init; }
}
