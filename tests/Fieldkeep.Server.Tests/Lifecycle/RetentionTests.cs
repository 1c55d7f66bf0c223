using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Tests.Ledger.Walking;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>A project takes away what it has kept for as long as its rules say, after notice, unless a legal hold stands on it.</summary>
public sealed class RetentionTests(PatientServer patient) : IClassFixture<PatientServer>
{
    // Who was asked is confidential; the phone says whose it is.
    private const string Form = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:fk="https://fieldkeep.org/xforms/confidential">
          <h:head><h:title>Wells</h:title><model><instance><data id="village" version="1"><name/><water/><photo/><who/><greeting/><mark of="" by=""/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string" fk:confidential="true"/><bind nodeset="/data/water" type="string"/><bind nodeset="/data/photo" type="binary"/>
            <bind nodeset="/data/who" type="string" jr:preload="property" jr:preloadParams="username"/>
            <bind nodeset="/data/greeting" type="string" calculate="concat('from ', /data/who)"/>
            <bind nodeset="/data/mark/@of" calculate="/data/name"/><bind nodeset="/data/mark/@by" calculate="/data/who"/>
            <bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/></model></h:head>
          <h:body><input ref="/data/name"><label>Name</label></input><input ref="/data/water"><label>Water</label></input>
            <upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload></h:body></h:html>
        """;

    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_old_goes_to_the_trash_after_notice_and_from_there_by_its_clock()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (old, held, young) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Instance(old));
        await phone.SendAsync(Instance(held));
        await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked", formId = Village.FormId, instanceId = held });
        var (email, _) = await _server.PersonAsync("manager", project);
        var rule = await AddAsync(admin, project, "delete", 5);
        Assert.True(rule["isPending"]?.GetValue<bool>());
        Assert.Null(rule["daysNow"]);
        Assert.Single(await _server.LettersToAsync(email), letter => letter.Body.Contains($"/projects/{project}/keeping", StringComparison.Ordinal));

        await _server.PassDaysAsync(6);
        await phone.SendAsync(Instance(young));
        Assert.Equal(0, await TrashedAsync(project));
        for (var round = 0; round < 20 && await _server.QueryAsync<bool>("select exists (select from mail.outbox where state = 'waiting' and kind = 'retention_soon')"); round++)
        {
            _server.Clock.Advance(TimeSpan.FromMinutes(1));
            await _server.LettersToAsync(email);
        }

        Assert.Equal(2, (await _server.LettersToAsync(email)).Count(letter => letter.Body.Contains($"/projects/{project}/keeping", StringComparison.Ordinal)));
        admin = await _server.OrganisationAdminAsync();
        var before = (await PreviewAsync(admin, project, "delete", 5))[0];
        Assert.Equal((1, 1, 0), (before.Number("submissions"), before.Number("held"), before.Number("encrypted")));
        Assert.Equal(before?["oldest"]?.GetValue<DateTimeOffset>(), before?["newest"]?.GetValue<DateTimeOffset>());

        // Other servers are told, for they may have exports with it.
        await using var hears = await _server.Services.GetRequiredService<Db>().OpenSessionAsync(Token);
        var told = new ConcurrentQueue<string>();
        hears.OnTold(told.Enqueue);
        await hears.ExecuteAsync("listen fieldkeep", null, Token);
        await _server.PassDaysAsync(1);

        Assert.Equal(1, await TrashedAsync(project));
        var form = await _server.QueryAsync<long>("select distinct form_id from submissions.submissions where project_id = @project", new { project });
        await hears.GetAsync<int>("select 1", null, Token);
        Assert.Contains($"answers {form}", told);
        await _server.ShouldHoldAsync();
        admin = await _server.OrganisationAdminAsync();
        var run = (await admin.GetAsync($"/api/projects/{project}/retention-runs"))["items"]?[0];
        Assert.Equal(("delete", 5, 1, 1, 0), (run.Text("kind"), run.Number("days"), run.Number("submissions"), run.Number("held"), run.Number("failed")));
        Assert.NotNull(run?["finishedAt"]);
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from ledger.entries where project_id = @project and action = 'retention.run'", new { project }));
        Assert.Equal(0, (await PreviewAsync(admin, project, "delete", 5))[0].Number("submissions"));

        // Whatever the trash's clock says: what a rule moved there can be brought back for seven days.
        await _server.PassDaysAsync(3);
        Assert.Equal(3, await _server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
        await _server.PassDaysAsync(5);
        Assert.Equal(2, await _server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task What_a_wrong_rule_moved_comes_back_for_as_long_as_its_notice_was_after_the_rule_was_ended()
    {
        var (admin, project, phone) = await ArrangeAsync();
        using var set = await admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/trash-days", new { trashDays = 0 });
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        var id = Village.NewId();
        await phone.SendAsync(Instance(id));
        var rule = await AddAsync(admin, project, "delete", 5);
        await _server.PassDaysAsync(7);
        Assert.Equal(1, await TrashedAsync(project));
        admin = await _server.OrganisationAdminAsync();
        using var ended = await EndAsync(admin, project, rule, 1);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);

        await _server.PassDaysAsync(6);

        Assert.Equal(1, await TrashedAsync(project));
        admin = await _server.OrganisationAdminAsync();
        using var restored = await admin.SendAsync(HttpMethod.Post, $"{Scripts.SubmissionOf(project, id)}/restore");
        Assert.True(restored.IsSuccessStatusCode, await restored.Content.ReadAsStringAsync(Token));
        Assert.Equal(0, await TrashedAsync(project));
        await _server.PassDaysAsync(1);
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
    }

    [Fact]
    public async Task Confidential_answers_files_and_senders_go_from_every_version_and_once_only()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (id, edit) = (Village.NewId(), Village.NewId());
        using var sent = await phone.SubmitAsync(Instance(id, "Amina", "a.jpg"), ("a.jpg", [1, 2, 3]));
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        await phone.SendAsync(Instance(edit, "Amina D.", "a.jpg", id));
        var before = await ReadAsync(project, id);
        Assert.Contains("Amina D.", before, StringComparison.Ordinal);
        Assert.Contains("phone of Joan", before, StringComparison.Ordinal);
        foreach (var kind in (string[])["confidential", "files", "sender"])
        {
            await AddAsync(admin, project, kind, 2);
        }

        await _server.PassDaysAsync(7);

        admin = await _server.OrganisationAdminAsync();
        var xml = await ReadAsync(project, id);
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("phone of Joan", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("a.jpg", xml, StringComparison.Ordinal);
        Assert.Contains("well", xml, StringComparison.Ordinal);
        Assert.Equal(0, await _server.QueryAsync<long>(
            """
            select (select count(*) from submissions.attachments a where a.submission_id = s.id) + s.submitter_id
                 + (select sum(v.submitter_id + coalesce(length(v.meta), 0)) from submissions.versions v where v.submission_id = s.id)
                 + (select count(*) from submissions.confidential c where c.submission_id = s.id and c.emptied_at is null)
            from submissions.submissions s where s.instance_id = @id
            """,
            new { id }));
        await _server.ShouldHoldAsync();
        var entries = await RewritesAsync(project);
        Assert.Equal(6, entries);
        await _server.PassDaysAsync(2);
        admin = await _server.OrganisationAdminAsync();
        Assert.Equal(entries, await RewritesAsync(project));
        var runs = (await admin.GetAsync($"/api/projects/{project}/retention-runs"))["items"]?.AsArray() ?? [];
        Assert.Equal(3, runs.Count(run => run.Number("submissions") == 1));
        Assert.True(runs.Count <= 6, $"{runs.Count} rounds are kept of which most found nothing.");

        // An edit that was begun before brings nothing back for longer than a day.
        var manager = await _server.SignedInAsync("manager", project);
        using var edited = await manager.SendAsync(
            HttpMethod.Put, Scripts.SubmissionOf(project, id), Walk.Text(Instance(Village.NewId(), "Amina again", deprecatedId: edit), "application/xml"));
        Assert.Equal(HttpStatusCode.OK, edited.StatusCode);
        await _server.PassDaysAsync(1);
        Assert.DoesNotContain("Amina", await ReadAsync(project, id), StringComparison.Ordinal);
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Who_sent_what_is_still_reviewed_stays_until_it_is_final()
    {
        var deployed = await Deployed.ArrangeAsync(_server, 1);
        var (phone, sender) = await deployed.PhoneAsync();
        var id = await Deployed.SendAsync(phone);
        await AddAsync(deployed.Admin, deployed.Project, "sender", 2);
        Task<long> SenderAsync() => _server.QueryAsync<long>("select submitter_id from submissions.submissions where instance_id = @id", new { id });
        foreach (var state in (string[])["pending", "rejected", "draft"])
        {
            await _server.QueryAsync<long>(
                "update submissions.submissions set state = @state, stage_id = case @state when 'pending' then stage_id end where instance_id = @id returning sequence", new { state, id });
            await _server.PassDaysAsync(state == "pending" ? 8 : 1);
            Assert.Equal(sender, await SenderAsync());
        }

        await _server.QueryAsync<long>("update submissions.submissions set state = 'final' where instance_id = @id returning sequence", new { id });
        await _server.PassDaysAsync(1);

        Assert.Equal(0, await SenderAsync());
    }

    [Fact]
    public async Task What_is_marked_while_a_round_goes_on_keeps_its_answers_for_its_notice()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Instance(id, "Amina"));
        await AddAsync(admin, project, "confidential", 2);
        await _server.PassDaysAsync(6);
        await _server.PassAsync(TimeSpan.FromDays(1));
        var manager = await _server.SignedInAsync("manager", project);

        var export = (await manager.PostAsync($"/api/projects/{project}/forms/{Village.FormId}/exports", new { format = "csv" })).Text("id");

        // As if the round waited for somebody who places a hold.
        Task round;
        await using (var tx = await _server.Services.GetRequiredService<Server.Database.Db>().BeginAsync(Token))
        {
            await Server.Submissions.Holding.Holds.AloneAsync(tx, new Server.Kernel.ProjectId(project), Token);
            round = _server.Services.GetRequiredService<Server.Lifecycle.Retention.RunRetention>().RunAsync(Token);
            while (!round.IsCompleted && !await _server.QueryAsync<bool>("select exists (select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database()))"))
            {
                await Task.Delay(20, Token);
            }

            using var marked = await manager.SendAsync(
                HttpMethod.Put, $"/api/projects/{project}/forms/{Village.FormId}/confidential/flags", new { path = "/data/water", kind = "marked" });
            Assert.True(marked.IsSuccessStatusCode, await marked.Content.ReadAsStringAsync(Token));
            Assert.False(round.IsCompleted);
            await manager.GetAsync($"/api/exports/{export}");
        }

        await round;
        using var dropped = await manager.SendAsync(HttpMethod.Get, $"/api/exports/{export}");
        Assert.Equal(HttpStatusCode.NotFound, dropped.StatusCode);

        await _server.PassDaysAsync(1);
        var xml = await ReadAsync(project, id);
        Assert.Contains("Amina", xml, StringComparison.Ordinal);
        Assert.Contains("well", xml, StringComparison.Ordinal);
        await _server.PassDaysAsync(7);
        xml = await ReadAsync(project, id);
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("well", xml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_is_taken_back_or_made_milder_in_its_notice_does_nothing()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Instance(Village.NewId()));
        var rule = await AddAsync(admin, project, "delete", 1);
        await _server.PassDaysAsync(3);
        admin = await _server.OrganisationAdminAsync();
        using var stale = await EndAsync(admin, project, rule, 7);
        await stale.ShouldBeProblemAsync(409, "retention.outdated");
        using var ended = await EndAsync(admin, project, rule, 1);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        using var again = await EndAsync(admin, project, rule, 1);
        await again.ShouldBeProblemAsync(404, "retention.not_found");
        await _server.PassDaysAsync(6);
        Assert.Equal(0, await TrashedAsync(project));
        admin = await _server.OrganisationAdminAsync();
        Assert.Empty((await admin.GetAsync($"/api/projects/{project}/retention-rules"))["items"]?.AsArray() ?? []);

        // Stricter waits, and what was in force goes on; milder acts at once.
        rule = await AddAsync(admin, project, "delete", 1000);
        await _server.PassDaysAsync(8);
        admin = await _server.OrganisationAdminAsync();
        rule = await ChangeAsync(admin, project, rule, 1);
        Assert.Equal((1, 1000, true), (rule.Number("days"), rule.Number("daysNow"), rule["isPending"]?.GetValue<bool>()));
        rule = await ChangeAsync(admin, project, rule, 2000);
        Assert.Equal((2000, 2000, false), (rule.Number("days"), rule.Number("daysNow"), rule["isPending"]?.GetValue<bool>()));
        await _server.PassDaysAsync(8);
        Assert.Equal(0, await TrashedAsync(project));
    }

    [Fact]
    public async Task A_rule_wants_a_kind_days_a_form_and_the_right_and_each_once()
    {
        var (admin, project, _) = await ArrangeAsync();
        var other = await admin.ProjectAsync();
        await admin.UploadAsync(other, Village.Form("elsewhere"));
        var path = $"/api/projects/{project}/retention-rules";
        foreach (var (rule, status, code) in new (object Rule, int Status, string Code)[]
        {
            (new { kind = "burn", days = 5 }, 422, "retention.kind"),
            (new { days = 5 }, 422, "retention.kind"),
            (new { kind = "delete", days = 0 }, 422, "retention.days"),
            (new { kind = "delete", days = 3651 }, 422, "retention.days"),
            (new { kind = "delete" }, 422, "retention.days"),
            (new { kind = "delete", days = 5, formId = "elsewhere" }, 404, "form.not_found"),
            (new { kind = "delete", days = 5, formId = "" }, 404, "form.not_found"),
        })
        {
            using var refused = await admin.SendAsync(HttpMethod.Post, path, rule);
            await refused.ShouldBeProblemAsync(status, code);
            using var uncounted = await admin.SendAsync(HttpMethod.Post, path + "/preview", new { rules = new[] { rule } });
            await uncounted.ShouldBeProblemAsync(status, code);
        }

        using var text = await admin.SendAsync(HttpMethod.Post, path, new { kind = "delete", days = "soon" });
        Assert.Equal(HttpStatusCode.BadRequest, text.StatusCode);
        var manager = await _server.SignedInAsync("manager", project);
        using var denied = await manager.SendAsync(HttpMethod.Post, path, new { kind = "delete", days = 5 });
        await denied.ShouldBeProblemAsync(403, "access.denied");
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => admin.SendAsync(HttpMethod.Post, path, new { kind = "delete", days = 5 })));
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Conflict], both.Select(one => one.StatusCode).Order());
        Assert.Single((await manager.GetAsync(path))["items"]?.AsArray() ?? []);
        using var foreign = await admin.SendAsync(
            HttpMethod.Post,
            $"/api/projects/{other}/retention-rules/{(await admin.GetAsync(path))["items"]?[0].Number("id")}/end",
            new { version = 1 });
        await foreign.ShouldBeProblemAsync(404, "retention.not_found");

        // As many as there may be: kinds and forms make fewer than that here, so the rest is put beside.
        await _server.QueryAsync<long>(
            """
            insert into lifecycle.retention_rules (project_id, form_id, kind, days, set_by, set_at, acts_from)
            select @project, 1000000 + n, 'files', 9, 1, now(), now() + interval '7 days' from generate_series(1, 99) n returning id
            """,
            new { project });
        using var many = await admin.SendAsync(HttpMethod.Post, path, new { kind = "sender", days = 5 });
        await many.ShouldBeProblemAsync(409, "retention.too_many");

        // Other tests let days pass on this server: no hundred rules have their turn on each.
        await _server.QueryAsync<long>(
            "with gone as (delete from lifecycle.retention_rules where project_id = @project and form_id > 1000000 returning id) select count(*) from gone", new { project });
    }

    [Fact]
    public async Task A_round_that_dies_anywhere_is_finished_by_the_next_and_does_nothing_twice()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var ids = Enumerable.Range(0, 3).Select(_ => Village.NewId()).ToList();
        foreach (var id in ids)
        {
            await phone.SendAsync(Instance(id, "Amina"));
        }

        await AddAsync(admin, project, "confidential", 1);
        await AddAsync(admin, project, "delete", 1);
        await _server.PassDaysAsync(6);
        await _server.QueryAsync<long>(
            """
            create function submissions.stop_here() returns trigger language plpgsql as $$ begin raise exception 'stopped'; end $$;
            create constraint trigger stop_here after update of deleted_at on submissions.submissions deferrable initially deferred
                for each row execute function submissions.stop_here();
            select 1::bigint
            """);
        await _server.PassAsync(TimeSpan.FromDays(1));
        using (var stopped = new CancellationTokenSource())
        {
            await stopped.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _server.Services.GetRequiredService<Server.Lifecycle.Retention.RunRetention>().RunAsync(stopped.Token));
        }

        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);
        Assert.Equal((0, 3), (await TrashedAsync(project), await RewritesAsync(project)));
        await _server.QueryAsync<long>("drop trigger stop_here on submissions.submissions; drop function submissions.stop_here(); select 1::bigint");
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);

        Assert.Equal((3, 3), (await TrashedAsync(project), await RewritesAsync(project)));
        var runs = (await (await _server.OrganisationAdminAsync()).GetAsync($"/api/projects/{project}/retention-runs"))["items"]?.AsArray() ?? [];
        Assert.Equal([3, 3], runs.Select(run => run.Number("submissions")));
        await _server.ShouldHoldAsync();
    }

    private static string Instance(string instanceId, string name = "Arua", string photo = "", string deprecatedId = "") => $"""
        <data id="village" version="1" xmlns:orx="http://openrosa.org/xforms"><name>{name}</name><water>well</water><photo>{photo}</photo><who>phone of Joan</who><greeting>from phone of Joan</greeting><mark of="{name}" by="phone of Joan"/><orx:meta><orx:instanceID>{instanceId}</orx:instanceID>{(deprecatedId.Length > 0 ? $"<orx:deprecatedID>{deprecatedId}</orx:deprecatedID>" : "")}</orx:meta></data>
        """;

    private static Task<JsonNode> AddAsync(Browser admin, long project, string kind, int days) =>
        admin.PostAsync($"/api/projects/{project}/retention-rules", new { kind, days });

    private static Task<HttpResponseMessage> EndAsync(Browser admin, long project, JsonNode rule, int version) =>
        admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/retention-rules/{rule.Number("id")}/end", new { version });

    private static async Task<JsonNode> ChangeAsync(Browser admin, long project, JsonNode rule, int days) => await admin.SendAsync(
        HttpMethod.Put, $"/api/projects/{project}/retention-rules/{rule.Number("id")}", new { days, version = rule.Number("version") }).JsonAsync();

    private static async Task<JsonArray> PreviewAsync(Browser admin, long project, string kind, int days) =>
        (await admin.PostAsync($"/api/projects/{project}/retention-rules/preview", new { rules = new[] { new { kind, days } } }))["items"]?.AsArray() ?? [];

    // As somebody who may see confidential answers.
    private async Task<string> ReadAsync(long project, string id)
    {
        var manager = await _server.SignedInAsync("manager", project);
        var read = await manager.GetAsync($"/api/projects/{project}/forms/{Village.FormId}/submissions/{Uri.EscapeDataString(id)}?confidential=true");
        return read.ToJsonString();
    }

    private Task<long> TrashedAsync(long project) => _server.QueryAsync<long>(
        "select count(*) from submissions.submissions where project_id = @project and deleted_at is not null", new { project });

    private Task<long> RewritesAsync(long project) => _server.QueryAsync<long>(
        "select count(*) from ledger.entries where project_id = @project and action = 'submission.rewrite'", new { project });

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Kept");
        using var set = await admin.SendAsync(HttpMethod.Put, $"/api/projects/{project}/trash-days", new { trashDays = 3 });
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        return (admin, project, await _server.PhoneAsync(admin, project, Form));
    }
}
