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
        drop schema keys cascade;
        alter table forms.versions drop column key_id;
        alter table submissions.versions drop column encrypted_ordinal;
        delete from database.migrations where name = '0009_form_keys.sql';
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

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_a_later_release_has_changed_is_refused()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        Assert.Empty(await new Migrator(db, TimeProvider.System).RunAsync(Token));
        await db.ExecuteAsync(Newer, null, Token);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => new Migrator(db, TimeProvider.System).RunAsync(Token));

        Assert.Contains("9999_of_a_later_release.sql", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_forms_from_before_they_were_kept_are_found_in_their_xforms()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        await new Migrator(db, TimeProvider.System).RunAsync(Token);
        await db.ExecuteAsync(BeforeFormKeys, null, Token);

        Assert.Equal(["0009_form_keys.sql"], await new Migrator(db, TimeProvider.System).RunAsync(Token));

        Assert.Equal(
            ["1 AAAA+/==", "2 AAAA+/==", "3 BBBB", "4 "],
            await db.ListAsync<string>(
                "select v.version || ' ' || coalesce(k.public_key, '') from forms.versions v left join keys.form_keys k on k.id = v.key_id order by v.version",
                null,
                Token));
        Assert.Equal(2, await db.GetAsync<long>("select count(*) from keys.form_keys where not is_managed", null, Token));
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
