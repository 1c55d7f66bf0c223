using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger.Walking;

/// <summary>Has the database itself tell which transaction changed rows of which table, whatever the program says.</summary>
internal sealed class ChangesWatch(TestServer server)
{
    // The ledger, the audit book and what migrations write are what is asked for, not what is asked about.
    private const string Tables = """
        create schema watch;
        create table watch.at (name text not null);
        insert into watch.at values ('arranged');
        create table watch.changed (xid xid8 not null, changed text not null, during text not null, primary key (xid, changed));
        create function watch.note() returns trigger language plpgsql as $$
        declare worked_out constant text[] := array['confidential_split', 'ready_at', 'kinds'];
        begin
            -- Noted in the background, whenever it gets there: how far the sealing apart of confidential answers is, and which rows a
            -- condition holds for. The mark and the condition themselves write their entries.
            if tg_op = 'UPDATE' and tg_table_name in ('forms', 'row_conditions') then
                if to_jsonb(new) - worked_out = to_jsonb(old) - worked_out then
                    return null;
                end if;
            end if;
            -- What the server notices about itself comes when it comes; who acknowledges it writes an entry.
            if tg_table_schema = 'health' and tg_table_name = 'alerts' then
                if tg_op = 'INSERT' or to_jsonb(new) -> 'acknowledged_at' = to_jsonb(old) -> 'acknowledged_at' then
                    return null;
                end if;
            end if;
            -- How far a recovery is, is noted while it goes on; that it was asked for, and what came of it, write entries.
            if tg_table_schema = 'recoveries' and tg_op = 'UPDATE' then
                return null;
            end if;
            insert into watch.changed
            values (pg_current_xact_id(), tg_table_schema || '.' || tg_table_name, (select name from watch.at limit 1))
            on conflict do nothing;
            return null;
        end $$;
        do $$
        declare one record;
        begin
            for one in
                select table_schema, table_name from information_schema.tables
                where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'watch', 'ledger', 'audit', 'database')
                    and table_name <> 'row_matches'
                    -- Counted and noted by the minute, in the background.
                    and (table_schema, table_name) not in (('keys', 'usage'), ('health', 'events'), ('health', 'deliveries'))
            loop
                execute format('create trigger watched after insert or update or delete on %I.%I for each row execute function watch.note()', one.table_schema, one.table_name);
            end loop;
        end $$;
        """;

    /// <summary>What goes on between two operations: arranged by the test past every door, or done later in the background.</summary>
    public const string Arranged = "arranged";

    private const string Unwritten = """
        select c.changed || ' during ' || c.during as what, c.changed as changed from watch.changed c
        where c.during <> 'arranged' and not exists (select from ledger.entries e where e.xid = c.xid) order by 1
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Db Db => server.Services.GetRequiredService<Db>();

    /// <summary>Begins to watch.</summary>
    public Task BeginAsync() => Db.ExecuteAsync(Tables, null, Token);

    /// <summary>Says what happens from now on; gives the newest entry so far.</summary>
    public Task<long> NameAsync(string during) => Db.GetAsync<long>(
        "with named as (update watch.at set name = @during) select coalesce(max(id), 0) from ledger.entries", new { during }, Token);

    /// <summary>Counts the entries after one.</summary>
    public Task<long> CountAfterAsync(long entry) => Db.GetAsync<long>("select count(*) from ledger.entries where id > @entry", new { entry }, Token);

    /// <summary>Lists the changes whose transaction wrote no entry.</summary>
    public Task<IReadOnlyList<UnwrittenChange>> ListUnwrittenAsync() => Db.ListAsync<UnwrittenChange>(Unwritten, null, Token);
}

/// <summary>A change that the ledger knows nothing of.</summary>
/// <param name="What">For people: the table, and what was under way.</param>
/// <param name="Changed">The table.</param>
internal sealed record UnwrittenChange(string What, string Changed);
