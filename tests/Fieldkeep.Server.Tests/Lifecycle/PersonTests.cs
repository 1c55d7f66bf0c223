using System.Net;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>A person is found in the data, and what is about them is erased, masked or replaced in every version; the ledger holds.</summary>
public sealed class PersonTests(PatientServer patient) : IClassFixture<PatientServer>
{
    private static readonly string[] NamePath = ["/name"];

    private readonly TestServer _server = patient.Server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Somebody_is_found_in_live_trashed_and_earlier_versions_and_erased_for_good()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (live, edited, other) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(live, "Amina Diallo"));
        await phone.SendAsync(Village.Instance(edited, "Amina Diallo"));
        await phone.SendAsync(Village.Instance(Village.NewId(), "Somebody", deprecatedId: edited));
        await phone.SendAsync(Village.Instance(other, "Else"));
        await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, live)).JsonAsync();

        var found = await SearchAsync(admin, project, "amina");
        Assert.Equal(
            new[] { $"{edited} False True", $"{live} True False" }.Order(),
            found.Select(item => $"{item.Text("instanceId")} {item?["isTrashed"]?.GetValue<bool>()} {item?["isEarlier"]?.GetValue<bool>()}").Order());
        using var mistyped = await EraseAsync(admin, project, 1, null, live, edited);
        await mistyped.ShouldBeProblemAsync(422, "lifecycle.confirm");
        using var unknown = await EraseAsync(admin, project, 1, null, Village.NewId());
        await unknown.ShouldBeProblemAsync(404, "submission.not_found");
        using var manager = await EraseAsync(await _server.SignedInAsync("manager", project), project, 2, null, live, edited);
        await manager.ShouldBeProblemAsync(403, "access.denied");
        using var erased = await EraseAsync(admin, project, 2, null, live, edited);
        Assert.Equal(HttpStatusCode.OK, erased.StatusCode);

        Assert.Empty(await SearchAsync(admin, project, "amina"));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
        await _server.ShouldHoldAsync();
        var report = (await admin.GetAsync($"/api/projects/{project}/deletion-reports"))["items"]?[0];
        Assert.Equal(("erase", 2, 3), (report.Text("kind"), report.Number("counts", "submissions"), report.Number("counts", "versions")));
        Assert.DoesNotContain("Amina", report?.ToJsonString() ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_keyring_noted_is_said_to_be_ordered_when_the_database_goes_away()
    {
        var told = await Assert.ThrowsAsync<ProblemException>(() => LifecycleProblems.OnceNotedAsync<int>(
            () => throw new Npgsql.NpgsqlException("gone", new System.Net.Sockets.SocketException())));
        Assert.Equal(("lifecycle.ordered", 503), (told.Code, told.Status));
        await Assert.ThrowsAsync<InvalidOperationException>(() => LifecycleProblems.OnceNotedAsync<int>(() => throw new InvalidOperationException()));
    }

    [Fact]
    public async Task What_a_restored_database_brings_back_is_erased_and_rewritten_again()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (erased, masked) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(erased, "Amina Diallo"));
        await phone.SendAsync(Village.Instance(masked, "Amina Diallo"));
        var keyring = _server.Services.GetRequiredService<Keyring>();
        var key = await _server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var ids = new[] { await IdOfAsync(erased), await IdOfAsync(masked) };
        var form = await _server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project });

        // The database of before, beside the keyring of now.
        keyring.NoteErased(key, [ids[0]]);
        keyring.NoteErased(key, [ids[0]]);
        var plan = new RewritePlan(form, "mask", _server.Clock.GetUtcNow(), [new AnswerMethod("/name", "drop", null)], [ids[1]], false);
        keyring.NoteRewrite(key, Guid.CreateVersion7(), plan.Write());
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);

        Assert.Empty(await SearchAsync(admin, project, "Amina"));
        Assert.Equal(1, await _server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project }));
        Assert.NotNull(keyring.FindProjectKeys(key));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Masked_answers_are_gone_from_every_version_and_a_phone_does_not_bring_them_back()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (id, edit) = (Village.NewId(), Village.NewId());
        var first = Village.Instance(id, "Amina Diallo", photo: "a.jpg");
        using var sent = await phone.SubmitAsync(first, ("a.jpg", [1, 2, 3]));
        await phone.SendAsync(Village.Instance(edit, "Amina D.", photo: "a.jpg", deprecatedId: id));
        using var bogus = await EraseAsync(admin, project, 1, ["/nothing"], id);
        await bogus.ShouldBeProblemAsync(422, "rewrite.question");
        await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked" });
        using var held = await EraseAsync(admin, project, 1, ["/name"], id);
        await held.ShouldBeProblemAsync(409, "hold.active");
        await LiftAsync(admin, project);

        using var masked = await EraseAsync(admin, project, 1, ["/name", "/photo"], id);
        Assert.Equal(HttpStatusCode.OK, masked.StatusCode);

        var counts = JsonNode.Parse(await masked.Content.ReadAsStringAsync(Token));
        Assert.Equal((1, 2, 4, 2), (counts.Number("submissions"), counts.Number("versions"), counts.Number("answers"), counts.Number("files")));
        var xml = await (await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id) + ".xml")).Content.ReadAsStringAsync(Token);
        Assert.DoesNotContain("Amina", xml, StringComparison.Ordinal);
        Assert.Contains("<water>well</water>", xml, StringComparison.Ordinal);
        Assert.Empty(await SearchAsync(admin, project, "Amina"));
        Assert.Equal(0, await _server.QueryAsync<long>("select count(*) from submissions.attachments where submission_id in (select id from submissions.submissions where project_id = @project)", new { project }));
        using var again = await phone.SubmitAsync(first, ("a.jpg", [1, 2, 3]));
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Empty(await SearchAsync(admin, project, "Amina"));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Pseudonyms_are_the_same_for_the_same_answer_and_replaced_once_however_often_it_is_begun()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var ids = new[] { Village.NewId(), Village.NewId(), Village.NewId() };
        await phone.SendAsync(Village.Instance(ids[0], "Amina"));
        await phone.SendAsync(Village.Instance(ids[1], "Bakary"));
        await phone.SendAsync(Village.Instance(ids[2], "Amina"));
        var questions = new object[]
        {
            new { path = "/name", method = "pseudonym" }, new { path = "/water", method = "hash" }, new { path = "/well/depth", method = "band", step = 10 },
        };
        var path = $"/api/projects/{project}/forms/{Village.FormId}/pseudonymisation";
        var preview = await admin.PostAsync(path + "/preview", new { questions });
        Assert.Equal((3, 3), (preview.Number("submissions"), preview["rows"]?.AsArray().Count ?? 0));
        using var wrong = await admin.SendAsync(HttpMethod.Post, path, new { questions = new[] { new { path = "/name", method = "rot13" } }, confirm = 3 });
        await wrong.ShouldBeProblemAsync(422, "rewrite.method");
        using var mistyped = await admin.SendAsync(HttpMethod.Post, path, new { questions, confirm = 2 });
        await mistyped.ShouldBeProblemAsync(422, "lifecycle.confirm");

        await admin.PostAsync(path, new { questions, confirm = 3 });
        var work = _server.Services.GetRequiredService<DoDueWork>();
        await Task.WhenAll(work.RunAsync(Token), work.RunAsync(Token));

        var names = new List<string>();
        foreach (var id in ids)
        {
            var xml = await (await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id) + ".xml")).Content.ReadAsStringAsync(Token);
            Assert.Contains("<depth>10</depth>", xml, StringComparison.Ordinal);
            Assert.Contains("<depth>30</depth>", xml, StringComparison.Ordinal);
            names.Add(xml[(xml.IndexOf("<name>", StringComparison.Ordinal) + 6)..xml.IndexOf("</name>", StringComparison.Ordinal)]);
        }

        Assert.Equal(names[0], names[2]);
        Assert.Equal(["P-0001", "P-0002"], names.Distinct().Order());
        var done = (await admin.GetAsync($"/api/projects/{project}/rewrites"))["items"]?[0];
        Assert.Equal((3, 3, 0), (done.Number("submissions"), done.Number("versions"), done.Number("left")));
        Assert.NotNull(done?["finishedAt"]);
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task An_edit_begun_before_masking_does_not_bring_the_answer_back_and_what_a_hold_kept_is_masked_when_it_is_lifted()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (edited, held, edit) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(edited, "Amina Diallo"));
        await phone.SendAsync(Village.Instance(held, "Amina Diallo"));
        using var masked = await EraseAsync(admin, project, 1, ["/name"], edited);
        Assert.Equal(HttpStatusCode.OK, masked.StatusCode);

        // The phone filled it in before, and comes now; and a hold was placed before the restored order has its turn.
        await phone.SendAsync(Village.Instance(edit, "Amina Diallo", deprecatedId: edited));
        await admin.PostAsync($"/api/projects/{project}/holds", new { reason = "A court asked", formId = Village.FormId, instanceId = held });
        var key = await _server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var form = await _server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project });
        _server.Clock.Advance(TimeSpan.FromMinutes(1));
        var plan = new RewritePlan(form, "mask", _server.Clock.GetUtcNow(), [new AnswerMethod("/name", "drop", null)], [await IdOfAsync(held)], false);
        _server.Services.GetRequiredService<Keyring>().NoteRewrite(key, Guid.CreateVersion7(), plan.Write());
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);
        Assert.Equal([held], (await SearchAsync(admin, project, "Amina")).Select(item => item.Text("instanceId")));
        Assert.Null((await admin.GetAsync($"/api/projects/{project}/rewrites"))["items"]?[0]?["finishedAt"]);

        await LiftAsync(admin, project);
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);

        Assert.Empty(await SearchAsync(admin, project, "Amina"));
        var done = (await admin.GetAsync($"/api/projects/{project}/rewrites"))["items"]?[0];
        Assert.NotNull(done?["finishedAt"]);
        Assert.Equal((1, 0), (done.Number("submissions"), done.Number("left")));
        using var again = await phone.SubmitAsync(Village.Instance(edit, "Amina Diallo", deprecatedId: edited));
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Empty(await SearchAsync(admin, project, "Amina"));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task An_edit_begun_before_pseudonyms_brings_no_answer_back_and_keeps_those_that_were_put_on()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (id, edit, other) = (Village.NewId(), Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(id, "Amina Diallo"));
        var questions = new object[] { new { path = "/name", method = "pseudonym" }, new { path = "/water", method = "hash" } };
        var path = $"/api/projects/{project}/forms/{Village.FormId}/pseudonymisation";
        var (one, two) = (await admin.PostAsync(path + "/preview", new { questions }), await admin.PostAsync(path + "/preview", new { questions }));
        await admin.PostAsync(path, new { questions, confirm = 1 });
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);
        var replaced = await XmlAsync(admin, project, id);

        // The phone filled it in before; then somebody edits what is there now.
        await phone.SendAsync(Village.Instance(edit, "Amina Diallo", deprecatedId: id));
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);
        Assert.Equal(Answers(replaced), Answers(await XmlAsync(admin, project, id)));
        var hash = Answers(replaced).Water;
        await phone.SendAsync(Village.Instance(other, "P-0001", deprecatedId: edit).Replace("<water>well<", $"<water>{hash}<", StringComparison.Ordinal));
        await _server.Services.GetRequiredService<DoDueWork>().RunAsync(Token);

        Assert.Equal(("P-0001", hash), Answers(await XmlAsync(admin, project, id)));
        Assert.Empty(await SearchAsync(admin, project, "Amina"));
        Assert.DoesNotContain(hash, one.ToJsonString(), StringComparison.Ordinal);
        Assert.NotEqual(one["rows"]?.ToJsonString(), two["rows"]?.ToJsonString());
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task An_edit_that_could_not_be_replaced_at_once_keeps_its_pseudonyms_the_next_time()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (id, edit) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(id, "Amina Diallo"));
        var questions = new object[] { new { path = "/name", method = "pseudonym" }, new { path = "/water", method = "hash" } };
        await admin.PostAsync($"/api/projects/{project}/forms/{Village.FormId}/pseudonymisation", new { questions, confirm = 1 });
        var work = _server.Services.GetRequiredService<DoDueWork>();
        await work.RunAsync(Token);
        var before = Answers(await XmlAsync(admin, project, id));
        await phone.SendAsync(Village.Instance(edit, before.Name, deprecatedId: id).Replace("<water>well<", $"<water>{before.Water}<", StringComparison.Ordinal));

        await _server.QueryAsync<int>(
            """
            create function submissions.stop_here() returns trigger language plpgsql as $$ begin raise exception 'stopped'; end $$;
            create trigger stop_here before update on submissions.versions for each row execute function submissions.stop_here();
            select 1
            """);
        await work.RunAsync(Token);
        await _server.QueryAsync<int>("drop trigger stop_here on submissions.versions; drop function submissions.stop_here(); select 1");
        Assert.Equal("failed 2", await _server.QueryAsync<string>(
            "select why || ' ' || version from lifecycle.rewrites_left l join submissions.submissions s on s.id = l.submission_id where s.project_id = @project", new { project }));
        await _server.PassAsync(TimeSpan.FromMinutes(61));
        await work.RunAsync(Token);

        Assert.Equal(before, Answers(await XmlAsync(admin, project, id)));
        Assert.Equal(0, await _server.QueryAsync<long>(
            "select count(*) from lifecycle.rewrites_left l join submissions.submissions s on s.id = l.submission_id where s.project_id = @project", new { project }));
        await _server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_file_that_a_masked_submission_waits_for_is_taken_from_who_sent_it_only()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id, "Amina", photo: "a.jpg"));
        using var masked = await EraseAsync(admin, project, 1, ["/name"], id);
        Assert.Equal(HttpStatusCode.OK, masked.StatusCode);
        var other = await _server.PhoneAsync(admin, project);
        Task<long> FilesAsync() => _server.QueryAsync<long>(
            "select count(*) from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.instance_id = @id and a.blob is not null", new { id });

        using var forged = await other.SubmitAsync(Village.Instance(id, "Else", photo: "a.jpg"), ("a.jpg", [9, 9]));

        Assert.Equal((HttpStatusCode.Created, 0), (forged.StatusCode, await FilesAsync()));
        using var own = await phone.SubmitAsync(Village.Instance(id, "Amina", photo: "a.jpg"), ("a.jpg", [1, 2, 3]));
        Assert.Equal((HttpStatusCode.Created, 1), (own.StatusCode, await FilesAsync()));
        await _server.ShouldHoldAsync();
    }

    [Theory]
    [InlineData("month", null, "1987-05-23", "1987-05-01")]
    [InlineData("year", null, "1987-05-23T10:00:00.000+02:00", "1987-01-01")]
    [InlineData("year", null, "last year", "")]
    [InlineData("band", 5, "37", "35")]
    [InlineData("band", 10, "-3", "-10")]
    [InlineData("band", 10, "many", "")]
    [InlineData("band", 10, "-79228162514264337593543950335", "")]
    [InlineData("band", 10, "79228162514264337593543950335", "")]
    [InlineData("place", 1, "79228162514264337593543950335 -79228162514264337593543950335", "79228162514264337593543950335 -79228162514264337593543950335 0 0")]
    [InlineData("place", 1, "3.0189 30.9111 1190 4.5", "3.0 30.9 0 0")]
    [InlineData("place", 1, "3.01 30.91 0 0;3.02 30.92 0 0", "")]
    public void An_answer_is_made_less_exact_or_empty(string method, int? step, string value, string expected) =>
        Assert.Equal(expected, new AnswerMethod("/a", method, step).Check().Generalise(value));

    [Theory]
    [InlineData("<name>Amina</name>", "<name of=\"Amina\">Else</name>")]
    [InlineData("<name>Amina</name>", "<name><first>Amina</first></name>")]
    public async Task Somebody_is_found_where_an_app_wrote_the_answer_otherwise(string plain, string otherwise)
    {
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId(), "Amina").Replace(plain, otherwise, StringComparison.Ordinal));

        Assert.Single(await SearchAsync(admin, project, "Amina"));
    }

    [Fact]
    public async Task A_search_says_where_it_did_not_look()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await admin.UploadAsync(project, Village.Form("gone"));
        await phone.SendAsync(Village.Instance(Village.NewId(), "Amina"));
        await phone.SendAsync(Village.Instance(Village.NewId(), "Bakary"));
        await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/gone").JsonAsync();
        var last = await _server.QueryAsync<Guid>("select id from submissions.submissions where project_id = @project order by sequence desc limit 1", new { project });
        var xml = await _server.QueryAsync<byte[]>("select xml from submissions.versions where submission_id = @last", new { last });
        await _server.QueryAsync<int>("update submissions.versions set xml = '\\x00'::bytea where submission_id = @last returning 1", new { last });

        var found = await admin.PostAsync(
            $"/api/projects/{project}/person-search", new { text = "Amina", forms = new[] { new { formId = Village.FormId, paths = NamePath } } });

        Assert.Single(found["items"]?.AsArray() ?? []);
        var unread = found["unread"];
        Assert.Equal(
            (0, 1, 0, 1, false),
            (unread.Number("encrypted"), unread.Number("damaged"), unread.Number("tests"), unread.Number("trashedForms"), unread?["isConfidentialCovered"]?.GetValue<bool>()));
        await _server.QueryAsync<int>("update submissions.versions set xml = @xml where submission_id = @last returning 1", new { xml, last });
    }

    [Fact]
    public async Task A_search_wants_a_word_and_questions()
    {
        var (admin, project, _) = await ArrangeAsync();

        using var blank = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/person-search", new { text = " a ", forms = Array.Empty<object>() });
        await blank.ShouldBeProblemAsync(422, "person.text");
        using var nowhere = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/person-search", new { text = "Amina", forms = Array.Empty<object>() });
        await nowhere.ShouldBeProblemAsync(422, "person.no_questions");
    }

    private static async Task<JsonArray> SearchAsync(Browser admin, long project, string text) => (await admin.PostAsync(
        $"/api/projects/{project}/person-search",
        new { text, forms = new[] { new { formId = Village.FormId, paths = NamePath } } }))["items"]?.AsArray() ?? [];

    private static Task<HttpResponseMessage> EraseAsync(Browser admin, long project, long confirm, string[]? questions, params string[] instanceIds) => admin.SendAsync(
        HttpMethod.Post, $"/api/projects/{project}/forms/{Village.FormId}/erasure", new { instanceIds, questions, confirm, reason = "They asked for it" });

    internal static async Task<string> XmlAsync(Browser admin, long project, string id) =>
        await (await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id) + ".xml")).Content.ReadAsStringAsync(Token);

    internal static (string Name, string Water) Answers(string xml) => (Between(xml, "name"), Between(xml, "water"));

    private static string Between(string xml, string name) =>
        xml[(xml.IndexOf($"<{name}>", StringComparison.Ordinal) + name.Length + 2)..xml.IndexOf($"</{name}>", StringComparison.Ordinal)];

    private static async Task LiftAsync(Browser admin, long project)
    {
        var hold = (await admin.GetAsync($"/api/projects/{project}/holds"))["items"]?[0].Number("id");
        using var lifted = await admin.SendAsync(HttpMethod.Post, $"/api/projects/{project}/holds/{hold}/lift", new { reason = "It is over" });
        Assert.Equal(HttpStatusCode.NoContent, lifted.StatusCode);
    }

    private async Task<Guid> IdOfAsync(string instance) =>
        await _server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @instance", new { instance });

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await _server.PhoneAsync(admin, project, Village.Form()));
    }
}
