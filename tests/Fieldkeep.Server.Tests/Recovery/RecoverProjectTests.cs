using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Recovery;

/// <summary>What comes along when a project is copied out of an installation, and what does not and is told.</summary>
/// <remarks>The server itself stands for the restored installation; backups are tried in the tests of the command line.</remarks>
public sealed class RecoverProjectTests(TestServer server) : IClassFixture<TestServer>
{
    private readonly RecoveringStage _stage = new(server);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_lay_in_the_trash_what_is_large_and_what_a_phone_encrypted_come_along()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var (trashed, large) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(trashed, "Amina"));
        await phone.SendAsync(Village.Instance(large, new string('x', 1_200_000)));
        await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, trashed)).JsonAsync();
        await EncryptedVillage.EnableAsync(admin, project);
        var (_, encrypted) = await EncryptedVillage.SendEncryptedAsync(phone);

        var report = await _stage.RecoverAsync(project);

        Assert.Equal((3, 3, 3), (report.Submissions.There, report.Submissions.Here, report.Compared));
        Assert.Equal((2, 2), (report.FormVersions.There, report.FormVersions.Here));
        Assert.Equal((2, 2), (report.Files.There, report.Files.Here));
        Assert.Empty(report.Missing);
        Assert.Contains(report.Left, left => left.StartsWith("1 keys that the server made", StringComparison.Ordinal));
        Assert.Equal(trashed, await server.QueryAsync<string>("select instance_id from submissions.submissions where project_id = @to and deleted_at is not null", new { to = report.Project }));
        var same = """
            select count(*) from submissions.versions mine join submissions.submissions s on s.id = mine.submission_id and s.project_id = @to
            join submissions.versions other on other.instance_id = mine.instance_id and other.submission_id <> mine.submission_id
            where mine.created_at = other.created_at and mine.submitter_id = other.submitter_id and mine.size = other.size
              and mine.encrypted_ordinal is not distinct from other.encrypted_ordinal and mine.content_mac <> other.content_mac
            """;
        Assert.Equal(3, await server.QueryAsync<long>(same, new { to = report.Project }));
        Assert.Contains(encrypted, (await admin.GetAsync($"/v1/projects/{report.Project}/forms/village/submissions")).ToJsonString(), StringComparison.Ordinal);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_is_damaged_or_gone_is_told_by_its_id_and_the_rest_comes_along()
    {
        var (_, project, phone) = await _stage.ArrangeAsync();
        var (damaged, photo, whole) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(damaged, photo: "b.jpg"), ("b.jpg", [4, 5]));
        await phone.SendAsync(Village.Instance(photo, photo: "a.jpg"), ("a.jpg", [1, 2, 3]));
        await phone.SendAsync(Village.Instance(whole, photo: "never-sent.jpg"));
        var of = new { damaged, photo };
        var xml = await server.QueryAsync<byte[]>("select xml from submissions.versions where instance_id = @damaged", of);
        await server.QueryAsync<int>("update submissions.versions set xml = '\\x00'::bytea where instance_id = @damaged returning 1", of);
        var blob = Convert.ToHexStringLower(await server.QueryAsync<byte[]>(
            "select a.blob from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.instance_id = @photo", of) ?? []);
        File.Move(_stage.BlobPath(blob), _stage.BlobPath(blob) + ".away");

        var report = await _stage.RecoverAsync(project);

        File.Move(_stage.BlobPath(blob) + ".away", _stage.BlobPath(blob));
        await server.QueryAsync<int>("update submissions.versions set xml = @xml where instance_id = @damaged returning 1", new { damaged, xml });
        Assert.Equal((3, 2, 2), (report.Submissions.There, report.Submissions.Here, report.Compared));
        Assert.Equal((2, 0), (report.Files.There, report.Files.Here));
        Assert.Equal(
            [$"submission {damaged}: its answers are damaged in the backup, or gone", $"a file of submission {photo}, version 1: a.jpg"], report.Missing);
        Assert.False(report.IsWhole);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Whoever_is_gone_stands_nowhere_in_the_copy()
    {
        var (admin, project, _) = await _stage.ArrangeAsync();
        var id = Village.NewId();
        await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/submissions?deviceID=abc", new StringContent(Village.Instance(id), System.Text.Encoding.UTF8, "application/xml")).JsonAsync();
        var actor = await server.QueryAsync<long>("select submitter_id from submissions.submissions where instance_id = @id", new { id });
        await server.QueryAsync<int>("update accounts.actors set tombstone = 'person' where id = @actor returning 1", new { actor });

        var report = await _stage.RecoverAsync(project);

        await server.QueryAsync<int>("update accounts.actors set tombstone = null where id = @actor returning 1", new { actor });
        Assert.Equal((1, 1), (report.Submissions.Here, report.Compared));
        Assert.Contains(report.Left, left => left.StartsWith("1 people, phones or links", StringComparison.Ordinal));
        var stands = "select count(*) from submissions.versions v join submissions.submissions s on s.id = v.submission_id where s.project_id = @to and s.submitter_id = 0 and v.submitter_id = 0 and v.meta is null";
        Assert.Equal(1, await server.QueryAsync<long>(stands, new { to = report.Project }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Rules_of_retention_come_along_and_act_after_a_notice_and_an_archived_project_stays_so()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        await admin.PostAsync($"/api/projects/{project}/retention-rules", new { kind = "sender", days = 30 });
        await admin.PostAsync($"/api/projects/{project}/retention-rules", new { kind = "files", days = 40, formId = Village.FormId });
        await server.QueryAsync<int>("update submissions.submissions set is_anonymous = true where instance_id = @id returning 1", new { id });
        await server.QueryAsync<int>("update organisations.projects set archived = true where id = @project returning 1", new { project });

        await server.QueryAsync<int>(
            """
            insert into lifecycle.retention_rules (project_id, kind, days, set_by, set_at, acts_from, ended_at)
            values (@project, 'confidential', 30, 0, @now, @now, @now) returning 1
            """,
            new { project, now = server.Clock.GetUtcNow().UtcDateTime });

        var report = await _stage.RecoverAsync(project);

        Assert.Equal((2, 2), (report.Rules.There, report.Rules.Here));
        Assert.Contains(report.Left, left => left.StartsWith("what 1 rules of retention took out or deleted that were ended since", StringComparison.Ordinal));
        var rules = """
            select string_agg(kind || ' ' || days || ' ' || (form_id is not null) || ' ' || (acts_from > @soon and told_at is null), ', ' order by id)
            from lifecycle.retention_rules where project_id = @to
            """;
        Assert.Equal(
            "sender 30 false true, files 40 true true",
            await server.QueryAsync<string>(rules, new { to = report.Project, soon = server.Clock.GetUtcNow().AddDays(6) }));
        Assert.Equal(
            "true|true",
            await server.QueryAsync<string>(
                "select p.archived || '|' || s.is_anonymous from organisations.projects p join submissions.submissions s on s.project_id = p.id where p.id = @to", new { to = report.Project }));
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_a_hold_of_then_keeps_from_being_masked_stays_behind()
    {
        var (admin, project, phone) = await _stage.ArrangeAsync();
        var (held, free) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(held, "Amina"));
        await phone.SendAsync(Village.Instance(free, "Amina"));
        await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked", formId = Village.FormId, instanceId = held });
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var form = await server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project });
        var plan = new Fieldkeep.Server.Lifecycle.Rewriting.RewritePlan(
            form, "mask", server.Clock.GetUtcNow(), [new Fieldkeep.Server.Lifecycle.Rewriting.AnswerMethod("/name", "drop", null)], null, false);
        server.Services.GetRequiredService<Keyring>().NoteRewrite(key, Guid.CreateVersion7(), plan.Write());

        var report = await _stage.RecoverAsync(project);

        Assert.Equal((2, 1), (report.Submissions.There, report.Submissions.Here));
        Assert.Equal([$"submission {held}: a legal hold of then keeps answers in it that were taken out for good since"], report.Missing);
        using var answer = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{report.Project}/forms/village/submissions/{free}.xml");
        var xml = await answer.Content.ReadAsStringAsync(Token);
        Assert.Contains("<water>well</water>", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_project_that_was_not_there_is_refused_and_one_whose_unit_is_gone_comes_to_the_organisation()
    {
        var (_, project, _) = await _stage.ArrangeAsync();
        Assert.Equal("recovery.not_there", (await Assert.ThrowsAsync<ProblemException>(() => _stage.RecoverAsync(4711))).Code);

        var there = await _stage.Source.FindProjectAsync(new ProjectId(project), Token) ?? throw new InvalidOperationException();
        var recoverable = server.Services.GetRequiredService<RecoverableProjects>();
        var order = RecoveringStage.OrderOf(there.Id);
        var (unit, told) = await recoverable.UnitForAsync(order, there with { Id = new ProjectId(4711), Unit = new UnitId(4711) }, Token);
        var (now, _) = await recoverable.UnitForAsync(order, there with { Unit = new UnitId(4711) }, Token);

        // Who asks over the API need not see what is in it: nobody else gets it by them.
        var asked = await Assert.ThrowsAsync<ProblemException>(
            () => recoverable.UnitForAsync(order with { Asked = 1 }, there with { Id = new ProjectId(4711), Unit = new UnitId(4711) }, Token));
        Assert.Equal("recovery.unit_gone", asked.Code);
        Assert.Equal(["its unit 4711 is gone: the copy is in the organisation itself"], told);
        Assert.Equal(there.Unit, now);
        Assert.Equal(await server.QueryAsync<long>("select unit_id from organisations.projects where id = @project", new { project }), unit.Value);
    }

    [Fact]
    public async Task Nobody_recovers_who_is_not_the_server_itself()
    {
        var project = new ProjectId(1);
        var somebody = Actor.Anonymous(Door.Web, null);
        var recover = server.Services.GetRequiredService<RecoverProject>();

        Assert.Equal("access.denied", (await Assert.ThrowsAsync<ProblemException>(() => recover.RequireAsync(somebody, project, Token))).Code);
        Assert.Equal(
            "access.denied",
            (await Assert.ThrowsAsync<ProblemException>(() => recover.RunAsync(somebody, _stage.Source, RecoveringStage.OrderOf(project), new RecoveringStage.Telling(null), Token))).Code);
    }
}
