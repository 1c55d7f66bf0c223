using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Database;

public sealed class MigratorTests(TestCluster cluster)
{
    private const string Newer = """
        insert into database.migrations (name, sha256, applied_at) values ('9999_of_a_later_release.sql', '\x00', now())
        """;

    private const string BeforeFormKeys = """
        insert into organisations.organisations (name, created_at) values ('o', now());
        insert into organisations.projects (organisation_id, key_id, name, created_by, created_at)
        select id, gen_random_uuid(), 'p', 1, now() from organisations.organisations;
        insert into forms.forms (project_id, xml_form_id, created_by, created_at) select id, 'f', 1, now() from organisations.projects;
        insert into forms.versions (form_id, version, title, xform, created_by, created_at)
        select f.id, v.version, 't', v.xform, 1, now() from forms.forms f, (values
            ('1', '<model><submission base64RsaPublicKey="AAAA+/=="/></model>'),
            ('2', '<model><submission action="x" base64RsaPublicKey = "AAAA
                +/==" method="y"/></model>'),
            ('3', '<model><xf:submission base64RsaPublicKey="BBBB"/></model>'),
            ('4', '<model/><label>base64RsaPublicKey="CCCC"</label>')) as v (version, xform);
        """;

    private const string BeforeUnits = """
        insert into organisations.organisations (name, created_at) values ('o', now());
        insert into organisations.projects (organisation_id, key_id, name, created_by, created_at)
        select id, gen_random_uuid(), 'p', 1, now() from organisations.organisations;
        insert into forms.forms (project_id, xml_form_id, created_by, created_at) select id, 'f', 1, now() from organisations.projects;
        insert into accounts.actors (kind, display_name, created_at) values
            ('account', 'a', now()), ('account', 'b', now()), ('account', 'c', now()), ('public_link', 'd', now());
        insert into accounts.public_links (actor_id, project_id, form_id, token_hash, once, created_by)
        values (4, 1, 1, sha256('x'), false, 1);
        insert into access.grants (actor_id, role, scope_kind, scope_id, granted_by, granted_at) values
            (1, 'admin', 'installation', 0, 1, now()), (2, 'viewer', 'installation', 0, 1, now()), (3, 'manager', 'project', 1, 1, now());
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_a_later_release_has_changed_is_refused()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        Assert.Empty(await new Migrator(db, TimeProvider.System).RunAsync(Token));
        await db.ExecuteAsync(Newer, null, Token);

        foreach (var ask in new Func<Migrator, Task>[] { migrator => migrator.RunAsync(Token), migrator => migrator.PlanAsync(Token) })
        {
            var refused = await Assert.ThrowsAsync<SchemaException>(() => ask(new Migrator(db, TimeProvider.System)));
            Assert.Equal(SchemaTrouble.Newer, refused.Reason);
            Assert.Contains("9999_of_a_later_release.sql", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_of_forms_from_before_they_were_kept_are_found_in_their_xforms()
    {
        await using var db = Db.Open(await cluster.CreateEmptyDatabaseAsync());
        var migrator = new Migrator(db, TimeProvider.System);
        await migrator.RunAsync("0008_saved_exports.sql", Token);
        await db.ExecuteAsync(BeforeFormKeys, null, Token);

        Assert.Equal("0009_form_keys.sql", (await migrator.RunAsync(Token))[0]);

        Assert.Equal(
            ["1 AAAA+/==", "2 AAAA+/==", "3 BBBB", "4 "],
            await db.ListAsync<string>(
                "select v.version || ' ' || coalesce(k.public_key, '') from forms.versions v left join keys.form_keys k on k.id = v.key_id order by v.version",
                null,
                Token));
        Assert.Equal(2, await db.GetAsync<long>("select count(*) from keys.form_keys where not is_managed", null, Token));
    }

    [Fact]
    public async Task Roles_on_the_whole_server_become_roles_in_the_organisation()
    {
        await using var db = Db.Open(await cluster.CreateEmptyDatabaseAsync());
        var migrator = new Migrator(db, TimeProvider.System);
        await migrator.RunAsync("0010_instance_ids.sql", Token);
        await db.ExecuteAsync(BeforeUnits, null, Token);

        Assert.Equal("0011_access_model.sql", (await migrator.RunAsync(Token))[0]);

        Assert.Equal(
            ["1 admin unit", "1 operator installation", "2 viewer unit", "3 manager project", "4 public-link form"],
            await db.ListAsync<string>(
                "select subject_id || ' ' || role || ' ' || scope_kind from access.grants where ended_at is null order by 1", null, Token));
        Assert.Equal(
            ["form 1 < project 1", "project 1 < unit 1", "unit 1 < "],
            await db.ListAsync<string>(
                "select kind || ' ' || id || ' < ' || coalesce(parent_kind || ' ' || parent_id, '') from access.places order by 1", null, Token));
        Assert.Equal(
            [1L, 2L],
            await db.ListAsync<long>("select actor_id from access.members where unit_id = 1 and until is null order by 1", null, Token));
    }

    [Fact]
    public async Task Disposing_a_transaction_twice_touches_nobody_elses()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync() + ";Maximum Pool Size=1");
        await db.ExecuteAsync("create table public.kept (id integer)", null, Token);
        var first = await db.BeginAsync(Token);
        await first.DisposeAsync();
        await using (var second = await db.BeginAsync(Token))
        {
            await second.ExecuteAsync("insert into public.kept values (1)", null, Token);
            await first.DisposeAsync();
            await second.ExecuteAsync("insert into public.kept values (2)", null, Token);
            await second.CommitAsync(Token);
        }

        Assert.Equal(2, await db.GetAsync<long>("select count(*) from public.kept", null, Token));
    }
}
