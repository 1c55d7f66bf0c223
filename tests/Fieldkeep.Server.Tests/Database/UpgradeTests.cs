using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Tests.Support;
using Npgsql;
using Xunit;

namespace Fieldkeep.Server.Tests.Database;

/// <summary>Databases as earlier versions left them, made by the migrations of their time, and what ends an upgrade of them.</summary>
public sealed class UpgradeTests(TestCluster cluster)
{
    // Rows of the time, beside those that migrations themselves make.
    private const string Rows = """
        insert into organisations.organisations (name, created_at) values ('o', now());
        insert into organisations.projects (organisation_id, key_id, name, created_by, created_at)
        select id, gen_random_uuid(), 'p', 1, now() from organisations.organisations;
        insert into forms.forms (project_id, xml_form_id, created_by, created_at) select id, 'f', 1, now() from organisations.projects;
        insert into accounts.actors (kind, display_name, created_at) select 'account', 'a' || n, now() from generate_series(1, 50) n;
        """;

    private const string Leaf = "insert into ledger.leaves (leaf_index, entry_id, leaf) values (0, 1, sha256('a'))";

    // Before every DDL statement, and before every migration is noted: the one whose number is due ends its own connection, as a kill of PostgreSQL does.
    private const string EndAtStatement = """
        create schema hook;
        create sequence hook.statements;
        create table hook.due (statement bigint not null);
        insert into hook.due values (0);
        create function hook.count() returns void language plpgsql security definer as $$
        begin
            if nextval('hook.statements') = (select statement from hook.due) then
                perform pg_terminate_backend(pg_backend_pid());
                perform pg_sleep(10);
            end if;
        end
        $$;
        create function hook.on_ddl() returns event_trigger language plpgsql security definer as $$ begin perform hook.count(); end $$;
        create event trigger hook on ddl_command_start execute function hook.on_ddl();
        create function hook.on_row() returns trigger language plpgsql security definer as $$ begin perform hook.count(); return null; end $$;
        create trigger hook before insert on database.migrations for each statement execute function hook.on_row();
        """;

    private const string Columns = """
        select string_agg(table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable, e'\n' order by 1)
        from (select * from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema', 'hook') order by table_schema, table_name, column_name) c
        """;

    private const string Constraints = """
        select string_agg(conrelid::regclass || ' ' || pg_get_constraintdef(oid), e'\n' order by conrelid::regclass::text, pg_get_constraintdef(oid))
        from pg_constraint where connamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'hook')
        """;

    private static readonly Migration Empties = new("9990_empties.sql", "-- of a later release\ndelete from organisations.projects");

    private static readonly Migration Says = new("9990_says.sql", $"{KeptThroughMigration.TakesRows} forms.forms, organisations.projects\ndelete from forms.forms; delete from organisations.projects");

    private static readonly Migration Fails = new("9991_fails.sql", "create table organisations.half (id int); select 1 / 0");

    private static readonly Migration Rewrites = new(
        "9990_rewrites.sql", "alter table ledger.leaves disable trigger all; update ledger.leaves set leaf = sha256('b'); alter table ledger.leaves enable trigger all");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("0010_instance_ids.sql")]
    [InlineData("0038_ledger_settings.sql")]
    [InlineData("0070_health.sql")]
    public async Task Every_earlier_state_with_rows_becomes_what_a_new_database_is(string from)
    {
        await using var fresh = Db.Open(await cluster.CreateDatabaseAsync());
        await using var db = Db.Open(await cluster.CreateEmptyDatabaseAsync());
        var migrator = new Migrator(db, TimeProvider.System, [EntriesSince.Leaves]);
        await migrator.RunAsync("0010_instance_ids.sql", Token);
        await db.ExecuteAsync(Rows, null, Token);
        await migrator.RunAsync(from, Token);
        Assert.True((await migrator.PlanAsync(Token)).IsUpgrade);

        await migrator.RunAsync(Token);

        Assert.Empty((await migrator.PlanAsync(Token)).Pending);
        foreach (var shape in new[] { Columns, Constraints })
        {
            Assert.Equal(await fresh.GetAsync<string>(shape, null, Token), await db.GetAsync<string>(shape, null, Token));
        }

        Assert.Equal(50, await db.GetAsync<long>("select count(*) from accounts.actors where display_name ~ '^a[0-9]+$'", null, Token));
    }

    [Fact]
    public async Task An_upgrade_that_is_killed_at_any_statement_leaves_the_database_as_it_was()
    {
        const string From = "0069_lookups_of_deleting.sql";
        var address = await cluster.CreateEmptyDatabaseAsync();
        await using var db = Db.Open(address + ";Pooling=false");
        var migrator = new Migrator(db, TimeProvider.System, [EntriesSince.Leaves]);
        await migrator.RunAsync("0010_instance_ids.sql", Token);
        await db.ExecuteAsync(Rows, null, Token);
        await migrator.RunAsync(From, Token);
        await using var owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(address) { Username = "postgres", Pooling = false }.ConnectionString);
        await ExecuteAsync(owner, EndAtStatement);
        var before = await db.GetAsync<string>(Columns, null, Token);

        var kills = 0;
        for (var statement = 1; statement < 200; statement++)
        {
            await ExecuteAsync(owner, $"update hook.due set statement = {statement}; select setval('hook.statements', 1, false)");
            if (await IsWholeAsync(migrator))
            {
                break;
            }

            kills++;
            Assert.Equal(From, await Migrator.FindLastAsync(db, Token));
            Assert.Equal(before, await db.GetAsync<string>(Columns, null, Token));
            Assert.Equal(50, await db.GetAsync<long>("select count(*) from accounts.actors where display_name ~ '^a[0-9]+$'", null, Token));
        }

        Assert.InRange(kills, 12, 198);
        Assert.Empty((await migrator.PlanAsync(Token)).Pending);
    }

    [Fact]
    public async Task A_migration_that_fails_or_takes_rows_unsaid_changes_nothing()
    {
        await using var db = Db.Open(await cluster.CreateEmptyDatabaseAsync());
        await new Migrator(db, TimeProvider.System).RunAsync("0010_instance_ids.sql", Token);
        await db.ExecuteAsync("insert into organisations.organisations (name, created_at) values ('o', now())", null, Token);
        await db.ExecuteAsync("insert into organisations.projects (organisation_id, key_id, name, created_by, created_at) values (1, gen_random_uuid(), 'p', 1, now())", null, Token);
        await new Migrator(db, TimeProvider.System).RunAsync("0038_ledger_settings.sql", Token);
        await db.ExecuteAsync(Leaf, null, Token);
        var shape = await db.GetAsync<string>(Columns, null, Token);

        foreach (var (more, said) in new (Migration[], string)[]
        {
            ([Empties], "organisations.projects had 1 rows and has 0"), ([Says, Fails], "division by zero"), ([Rewrites], "the table ledger.leaves is another one"),
        })
        {
            var refused = await Assert.ThrowsAsync<SchemaException>(
                () => new Migrator(db, TimeProvider.System, [EntriesSince.Leaves]) { More = more }.RunAsync(Token));
            Assert.Equal(SchemaTrouble.Failed, refused.Reason);
            Assert.Contains(said, refused.Message, StringComparison.Ordinal);
            Assert.Equal(shape, await db.GetAsync<string>(Columns, null, Token));
            Assert.Equal("0038_ledger_settings.sql", await Migrator.FindLastAsync(db, Token));
        }

        await new Migrator(db, TimeProvider.System, [EntriesSince.Leaves]) { More = [Says] }.RunAsync(Token);
        Assert.Equal(0, await db.GetAsync<long>("select count(*) from organisations.projects", null, Token));
    }

    private static async Task<bool> IsWholeAsync(Migrator migrator)
    {
        try
        {
            await migrator.RunAsync(Token);
            return true;
        }
        catch (PostgresException ended) when (ended.SqlState == PostgresErrorCodes.AdminShutdown)
        {
            // The connection is gone, in the middle of it.
            return false;
        }
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
