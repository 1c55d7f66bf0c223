using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Database.Servers;

/// <summary>The rows of the servers on this database, all by its clock.</summary>
internal sealed class ServerRows(Db db, OwnServer own, IEnumerable<ToldOfJournal> journals, Keyring keyring)
{
    /// <summary>A server that was not seen for longer is not there, as far as others can tell.</summary>
    public static readonly TimeSpan Heard = TimeSpan.FromSeconds(15);

    // A name stands for a folder, which one process has at a time: the one of before is gone.
    private const string Enter = """
        insert into database.servers as s
            (name, run, address, version, started_at, seen_at, keyring_generation, journal_waiting, journal_set_aside, is_journal_known, is_one_of_several)
        values (@name, @run, @address, @version, now(), now(), @generation, @waiting, @aside, @known, @several)
        on conflict (name) do update
        set run = excluded.run, address = excluded.address, version = excluded.version, started_at = now(), seen_at = now(), left_at = null,
            keyring_generation = excluded.keyring_generation, journal_waiting = excluded.journal_waiting, journal_set_aside = excluded.journal_set_aside,
            is_journal_known = excluded.is_journal_known, is_one_of_several = excluded.is_one_of_several
        """;

    private const string Say = """
        update database.servers
        set address = @address, seen_at = now(), left_at = null, keyring_generation = @generation, journal_waiting = @waiting, journal_set_aside = @aside,
            is_journal_known = @known
        where name = @name and run = @run
        """;

    private const string IsReplaced = "select exists (select from database.servers where name = @name and run <> @run)";

    private const string FindOwn = """
        select run, seen_at, left_at is not null as has_left, extract(epoch from now() - seen_at)::float8 as seconds_ago,
               seen_at between now() - make_interval(secs => @heard) and now() + make_interval(secs => @heard) as is_heard
        from database.servers where name = @name
        """;

    private const string FindNewest = "select name, keyring_generation from database.servers order by keyring_generation desc, name limit 1";

    private const string IsThere = "select to_regclass('database.servers') is not null";

    private const string HeardOther = """
        select name from database.servers
        where name <> @name and left_at is null and seen_at between now() - make_interval(secs => @heard) and now() + make_interval(secs => @heard)
        order by name limit 1
        """;

    private const string Leave = """
        update database.servers set left_at = now(), seen_at = now(), journal_waiting = @waiting, journal_set_aside = @aside, is_journal_known = @known
        where name = @name and run = @run
        """;

    private const string All = """
        select name, run, address, version, started_at, seen_at, left_at is not null as has_left, keyring_generation, journal_waiting, journal_set_aside,
               is_journal_known, extract(epoch from now() - seen_at)::bigint as seconds_ago,
               -- A row of a clock that was set back since is nobody's.
               left_at is null and seen_at between now() - make_interval(secs => @heard) and now() + make_interval(secs => @heard) as is_heard
        from database.servers order by name
        """;

    private const string Forget = "delete from database.servers where name = @name and run = @run and seen_at = @seen";
    private const string ForgetOthers = "delete from database.servers where name <> @name";

    /// <summary>Says that this server has begun.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => LightlyAsync(Enter, cancellationToken);

    /// <summary>Says that this server is there; false when another process has taken its place. One that was forgotten enters anew.</summary>
    public async Task<bool> SayAsync(CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginLightlyAsync(cancellationToken);
        if (await tx.ExecuteAsync(Say, Own(), cancellationToken) == 0)
        {
            if (await tx.GetAsync<bool>(IsReplaced, new { name = own.Name, run = own.Run }, cancellationToken))
            {
                return false;
            }

            await tx.ExecuteAsync(Enter, Own(), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Finds which run of this server's name wrote last, and when; null when it was forgotten.</summary>
    public Task<OwnRow?> FindOwnAsync(CancellationToken cancellationToken) => db.FindAsync<OwnRow>(FindOwn, new { name = own.Name, heard = Heard.TotalSeconds }, cancellationToken);

    /// <summary>Finds which server, this one's former process among them, has seen the latest keyring, also in a database of an earlier version; null when none was ever there.</summary>
    public async Task<NewestKeyring?> FindNewestAsync(CancellationToken cancellationToken) =>
        await db.GetAsync<bool>(IsThere, null, cancellationToken) ? await db.FindAsync<NewestKeyring>(FindNewest, null, cancellationToken) : null;

    /// <summary>Finds another server that is there, also in a database of an earlier version; null when none is.</summary>
    public async Task<string?> FindHeardAsync(CancellationToken cancellationToken) =>
        await db.GetAsync<bool>(IsThere, null, cancellationToken)
            ? await db.FindAsync<string>(HeardOther, new { name = own.Name, heard = Heard.TotalSeconds }, cancellationToken)
            : null;

    /// <summary>Whether the database is of a later version than this program.</summary>
    public async Task<bool> IsLaterAsync(CancellationToken cancellationToken) =>
        string.CompareOrdinal(await Migrator.FindLastAsync(db, cancellationToken), Migrator.LastEmbedded) > 0;

    /// <summary>Says that this server stops in order.</summary>
    public Task LeaveAsync(CancellationToken cancellationToken) => LightlyAsync(Leave, cancellationToken);

    /// <summary>Forgets a server that said nothing since it was listed; false when it did.</summary>
    public static async Task<bool> ForgetAsync(Tx tx, ServerRow server, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Forget, new { name = server.Name, run = server.Run, seen = server.SeenAt }, cancellationToken) == 1;

    /// <summary>Forgets all others: a restore brought them along.</summary>
    public Task ForgetOthersAsync(CancellationToken cancellationToken) => db.ExecuteAsync(ForgetOthers, new { name = own.Name }, cancellationToken);

    /// <summary>Lists all servers that ever entered and were not forgotten, by name.</summary>
    public Task<IReadOnlyList<ServerRow>> ListAsync(CancellationToken cancellationToken) =>
        db.ListAsync<ServerRow>(All, new { heard = Heard.TotalSeconds }, cancellationToken);

    private async Task LightlyAsync(string statement, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginLightlyAsync(cancellationToken);
        await tx.ExecuteAsync(statement, Own(), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private object Own()
    {
        var journal = journals.Select(one => one.Of()).FirstOrDefault() ?? new JournalStanding(0, 0, IsKnown: false);
        return new
        {
            name = own.Name,
            run = own.Run,
            address = own.Address,
            version = OwnServer.Version,
            generation = keyring.Generation,
            waiting = journal.Waiting,
            aside = journal.SetAside,
            known = journal.IsKnown,
            several = own.IsOneOfSeveral,
        };
    }
}

/// <summary>Which run of a server wrote its row last, and when.</summary>
internal sealed record OwnRow
{
    /// <summary>The run.</summary>
    public Guid Run { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>How long ago that was, by the clock of the database.</summary>
    public double SecondsAgo { get; init; }

    /// <summary>How long ago that was; nothing where the clock was set back since.</summary>
    public TimeSpan Ago => TimeSpan.FromSeconds(Math.Max(0, SecondsAgo));

    /// <summary>Whether it stopped in order.</summary>
    public bool HasLeft { get; init; }

    /// <summary>Whether it may be there.</summary>
    public bool IsHeard { get; init; }

    /// <summary>Whether nobody wrote it since.</summary>
    public bool IsSameAs(OwnRow? before) => (Run, SeenAt) == (before?.Run, before?.SeenAt);
}

/// <summary>Who has seen the latest keyring.</summary>
internal sealed record NewestKeyring
{
    /// <summary>The server's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The keyring's generation.</summary>
    public long KeyringGeneration { get; init; }
}

/// <summary>A server, as it said of itself.</summary>
internal sealed record ServerRow
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Another with each start of it.</summary>
    public Guid Run { get; init; }

    /// <summary>Where it listens; empty when it did not say.</summary>
    public string Address { get; init; } = "";

    /// <summary>Its program's version.</summary>
    public string Version { get; init; } = "";

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was heard last, by the clock of the database.</summary>
    public DateTimeOffset SeenAt { get; init; }

    /// <summary>How long ago that was, by the same clock.</summary>
    public long SecondsAgo { get; init; }

    /// <summary>Whether it is there.</summary>
    public bool IsHeard { get; init; }

    /// <summary>Whether it said something within a time.</summary>
    public bool IsHeardWithin(TimeSpan time) => IsHeard || Math.Abs(SecondsAgo) <= time.TotalSeconds;

    /// <summary>Whether it stopped in order.</summary>
    public bool HasLeft { get; init; }

    /// <summary>The generation of the keyring that it has seen.</summary>
    public long KeyringGeneration { get; init; }

    /// <summary>Records in its journal that the database lacks.</summary>
    public long JournalWaiting { get; init; }

    /// <summary>Records in its journal that could not be stored.</summary>
    public long JournalSetAside { get; init; }

    /// <summary>Whether it can tell which files and keys its journal needs.</summary>
    public bool IsJournalKnown { get; init; }
}
