using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class SubmissionHistoryV1Tests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Each_version_is_given_with_its_xml_and_its_files()
    {
        var (admin, project) = await ArrangeAsync();
        var first = await admin.SendVillageAsync(project, name: "Arua", photo: "a.jpg");
        var path = Scripts.SubmissionOf(project, first);
        await admin.SendBytesAsync(HttpMethod.Post, path + "/attachments/a.jpg", [1]).JsonAsync();
        var second = Village.NewId();
        var xml = Village.Instance(second, name: "Yei", deprecatedId: first);
        await admin.SendXmlAsync(HttpMethod.Put, path, xml).JsonAsync();

        var versions = (await admin.GetAsync(path + "/versions")).AsArray();
        var old = await admin.GetAsync($"{path}/versions/{first}");
        var oldXml = await admin.SendAsync(HttpMethod.Get, $"{path}/versions/{first}.xml").TextAsync();
        var newXml = await admin.SendAsync(HttpMethod.Get, $"{path}/versions/{second}.xml").TextAsync();
        var oldFiles = (await admin.GetAsync($"{path}/versions/{first}/attachments")).AsArray();
        var newFiles = (await admin.GetAsync($"{path}/versions/{second}/attachments")).AsArray();
        var file = await admin.SendAsync(HttpMethod.Get, $"{path}/versions/{first}/attachments/a.jpg").TextAsync();

        Assert.Equal([second, first], versions.Select(version => version.Text("instanceId")));
        Assert.Equal(("1", false), (old.Text("formVersion"), old["current"]?.GetValue<bool>()));
        Assert.Equal((Village.Instance(first, photo: "a.jpg"), xml), (oldXml, newXml));
        Assert.Equal((1, 0, "\u0001"), (oldFiles.Count, newFiles.Count, file));
        await admin.SendAsync(HttpMethod.Get, $"{path}/versions/uuid:none").RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Get, $"{Scripts.SubmissionOf(project, second)}/versions/{first}").RefusedAsync(404, 404.1m);
    }

    [Fact]
    public async Task The_id_of_a_later_version_leads_to_it()
    {
        var (admin, project) = await ArrangeAsync();
        var first = await admin.SendVillageAsync(project);
        var second = Village.NewId();
        var xml = Village.Instance(second, name: "Yei", photo: "a b.jpg", deprecatedId: first);
        await admin.SendXmlAsync(HttpMethod.Put, Scripts.SubmissionOf(project, first), xml).JsonAsync();
        var other = Scripts.SubmissionOf(project, second);
        var version = $"{Scripts.SubmissionOf(project, first)}/versions/{Uri.EscapeDataString(second)}";

        foreach (var ending in new[] { "", ".xml", "/attachments", "/attachments/a%20b.jpg", ".xml?st=1" })
        {
            using var answer = await admin.SendAsync(HttpMethod.Get, other + ending);
            Assert.Equal((301, version + ending), ((int)answer.StatusCode, answer.Headers.Location?.OriginalString));
        }

        Assert.Equal(xml, await admin.SendAsync(HttpMethod.Get, version + ".xml").TextAsync());
        await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, "uuid:none")).RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, first) + "/attachments/none.jpg").RefusedAsync(404, 404.1m);
        var stranger = await server.SignedInAsync("", 0);
        await stranger.SendAsync(HttpMethod.Get, other).RefusedAsync(404, 404.1m);
        await admin.SendAsync(HttpMethod.Delete, Scripts.SubmissionOf(project, first)).JsonAsync();
        await admin.SendAsync(HttpMethod.Get, other).RefusedAsync(404, 404.1m);
    }

    [Fact]
    public async Task After_an_edit_the_submission_keeps_its_sender_and_the_version_has_its_own()
    {
        var (admin, project) = await ArrangeAsync();
        var phone = await server.PhoneAsync(admin, project);
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        var path = Scripts.SubmissionOf(project, id);
        var sent = await admin.GetAsync(path);
        server.Clock.Advance(TimeSpan.FromHours(1));
        await admin.SendXmlAsync(HttpMethod.Put, path + "?deviceID=laptop", Village.Instance(Village.NewId(), name: "Yei", deprecatedId: id)).JsonAsync();
        var edited = await admin.GetAsync(path);
        server.Clock.Advance(TimeSpan.FromHours(1));
        await admin.SendAsync(HttpMethod.Patch, path, new { reviewState = "approved" }).JsonAsync();
        var reviewed = await admin.GetAsync(path);

        Assert.Equal(sent["submitterId"]?.GetValue<long>(), edited["submitterId"]?.GetValue<long>());
        Assert.Equal(admin.AccountId, edited["currentVersion"]?["submitterId"]?.GetValue<long>());
        Assert.Equal(("(null)", "laptop"), (edited.Text("deviceId"), edited["currentVersion"].Text("deviceId")));
        Assert.NotEqual(sent.Text("createdAt"), edited["currentVersion"].Text("createdAt"));
        Assert.Equal(edited["currentVersion"]?.ToJsonString(), reviewed["currentVersion"]?.ToJsonString());
    }

    [Fact]
    public async Task Diffs_tell_what_changed_with_rows_of_repeats_as_pairs()
    {
        var (admin, project) = await ArrangeAsync(Household.Form());
        var first = Village.NewId();
        var second = Village.NewId();
        await admin.SendXmlAsync(
            HttpMethod.Post,
            Scripts.SubmissionsOf(project, Household.FormId),
            Household.Instance(first, name: "Amina", children: [("Bo", ["ball"]), ("Cy", [])])).JsonAsync();
        var path = Scripts.SubmissionOf(project, first, Household.FormId);
        await admin.SendXmlAsync(
            HttpMethod.Put,
            path,
            Household.Instance(second, name: "Amina", remark: "moved", deprecatedId: first, children: [("Bo", ["ball", "kite"]), ("Di", [])])).JsonAsync();

        var diffs = await admin.GetAsync(path + "/diffs");

        string[] expected =
        [
            """{"path":["who","remark"],"new":"moved","old":""}""",
            """{"path":["family",["child",0],["toy",1]],"new":{"kind":"kite"}}""",
            """{"path":["family",["child",1],"name"],"new":"Di","old":"Cy"}""",
            $$"""{"path":["meta","instanceID"],"new":"{{second}}","old":"{{first}}"}""",
            $$"""{"path":["meta","deprecatedID"],"new":"{{first}}"}""",
        ];
        Assert.Equal(expected, (diffs[second]?.AsArray() ?? []).Select(change => change?.ToJsonString()));
        Assert.Equal("{}", (await admin.GetAsync(await SentAsync(admin, project) + "/diffs")).ToJsonString());
    }

    [Fact]
    public async Task Versions_too_large_to_compare_are_refused_and_can_still_be_read()
    {
        var (admin, project) = await ArrangeAsync();
        var id = Village.NewId();
        var second = Village.NewId();
        var path = Scripts.SubmissionOf(project, id);
        var answer = new string('a', 9 * 1024 * 1024);
        await admin.SendXmlAsync(HttpMethod.Post, Scripts.SubmissionsOf(project), Village.Instance(id, name: answer)).JsonAsync();
        await admin.SendXmlAsync(HttpMethod.Put, path, Village.Instance(second, name: answer + "b", deprecatedId: id)).JsonAsync();

        await admin.SendAsync(HttpMethod.Get, path + "/diffs").RefusedAsync(413, 413.1m);
        var xml = await admin.SendAsync(HttpMethod.Get, $"{path}/versions/{second}.xml").TextAsync();

        Assert.Equal(Village.Instance(second, name: answer + "b", deprecatedId: id), xml);
    }

    [Fact]
    public async Task Comments_are_kept_sealed_and_shown_newest_first()
    {
        var (admin, project) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var id = await admin.SendVillageAsync(project);
        var path = Scripts.SubmissionOf(project, id) + "/comments";

        var made = await viewer.PostAsync(path, new { body = "Ask Amina's neighbour ✓" });
        await admin.PostAsync(path, new { body = "Done" });
        var list = (await admin.GetAsync(path)).AsArray();

        Assert.Equal(("Ask Amina's neighbour ✓", viewer.AccountId), (made.Text("body"), made["actorId"]?.GetValue<long>()));
        Assert.Equal(["Done", "Ask Amina's neighbour ✓"], list.Select(comment => comment.Text("body")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", list[0].Text("createdAt"));
        Assert.False(await server.QueryAsync<bool>(
            "select exists (select from submissions.comments where position(@text::bytea in body) > 0)",
            new { text = Encoding.UTF8.GetBytes("neighbour") }));
        Assert.Equal(2L, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where action = 'submission.comment' and subject_id = @id", new { id }));
    }

    [Fact]
    public async Task The_ledger_proves_a_comment_and_does_not_keep_its_words()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);
        await admin.PostAsync(Scripts.SubmissionOf(project, id) + "/comments", new { body = "Ask the neighbour" });

        var keyring = server.Services.GetRequiredService<Keyring>();
        var key = await server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var row = await server.QueryAsync<Guid>("select row_id from ledger.entries where action = 'submission.comment' and subject_id = @id", new { id });
        var sealedBody = await server.QueryAsync<byte[]>("select body from ledger.entries where row_id = @row", new { row });
        var body = Encoding.UTF8.GetString(Envelope.Open(
            keyring.GetProjectKeys(key).Ledger,
            EnvelopePurpose.LedgerEntry,
            new EnvelopeContext(keyring.InstallationId, key, "ledger.entries.body", row, 1),
            sealedBody));
        var salt = await server.QueryAsync<byte[]>(
            "select c.salt from submissions.comments c join submissions.submissions s on s.id = c.submission_id where s.instance_id = @id", new { id });

        Assert.DoesNotContain("neighbour", body, StringComparison.Ordinal);
        Assert.Contains(Commitment.To("Ask the neighbour", salt ?? []).Hash, body, StringComparison.Ordinal);
        Assert.DoesNotContain(Commitment.To("Ask the neighbours", salt ?? []).Hash, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comments_that_cannot_be_kept_are_refused()
    {
        var (admin, project) = await ArrangeAsync();
        var collector = await server.SignedInAsync("collector", project);
        var id = await admin.SendVillageAsync(project);
        var path = Scripts.SubmissionOf(project, id) + "/comments";

        await admin.SendAsync(HttpMethod.Post, path, new { }).RefusedAsync(400, 400.2m);
        await admin.SendAsync(HttpMethod.Post, path, new { body = " " }).RefusedAsync(400, 400.2m);
        await admin.SendAsync(HttpMethod.Post, path, new { body = new string('x', 10_001) }).RefusedAsync(400, 400.8m);
        await admin.SendAsync(HttpMethod.Post, path, new { body = "a\0b" }).RefusedAsync(400, 400.8m);
        await admin.SendAsync(HttpMethod.Post, path, new { body = new string('x', 70_000) }).RefusedAsync(400, 400.36m);
        await collector.SendAsync(HttpMethod.Post, path, new { body = "hm" }).RefusedAsync(403, 403.1m);
        await admin.SendAsync(HttpMethod.Post, Scripts.SubmissionOf(project, "uuid:none") + "/comments", new { body = "hm" }).RefusedAsync(404, 404.1m);

        Assert.Empty((await admin.GetAsync(path)).AsArray());
    }

    [Fact]
    public async Task Audits_tell_the_history_with_remarks_newest_first()
    {
        var (admin, project) = await ArrangeAsync();
        var id = Village.NewId();
        var path = Scripts.SubmissionOf(project, id);
        await SendAsync(admin, HttpMethod.Post, Scripts.SubmissionsOf(project), "from the paper form", Village.Instance(id, photo: "a.jpg"));
        await admin.SendBytesAsync(HttpMethod.Post, path + "/attachments/a.jpg", [1]).JsonAsync();
        var second = Village.NewId();
        await SendAsync(admin, HttpMethod.Put, path, "typing error: Zoë", Village.Instance(second, name: "Yei", photo: "a.jpg", deprecatedId: id));
        await admin.SendAsync(HttpMethod.Patch, path, new { reviewState = "approved" }).JsonAsync();
        await admin.SendAsync(HttpMethod.Delete, path).JsonAsync();
        await admin.SendAsync(HttpMethod.Post, path + "/restore").JsonAsync();

        var audits = (await admin.GetAsync(path + "/audits")).AsArray();

        Assert.Equal(
            [
                "submission.restore", "submission.delete", "submission.update", "submission.update.version",
                "submission.attachment.update", "submission.create",
            ],
            audits.Select(audit => audit.Text("action")));
        Assert.Equal("approved", audits[2]?["details"].Text("reviewState"));
        Assert.Equal((second, "typing error: Zoë"), (audits[3]?["details"].Text("instanceId"), audits[3].Text("notes")));
        Assert.Equal("from the paper form", audits[5].Text("notes"));
        Assert.All(audits, audit => Assert.Equal(admin.AccountId, audit?["actorId"]?.GetValue<long>()));
        Assert.False(await server.QueryAsync<bool>(
            "select exists (select from submissions.events where position(@text::bytea in body) > 0)",
            new { text = Encoding.UTF8.GetBytes("typing") }));
    }

    [Fact]
    public async Task Extended_metadata_names_people_and_submitters_are_listed_once()
    {
        var (admin, project) = await ArrangeAsync();
        var phone = await server.PhoneAsync(admin, project);
        await admin.SendVillageAsync(project);
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        await phone.SendAsync(Village.Instance(Village.NewId()));

        var submitters = (await admin.GetAsync(Scripts.SubmissionsOf(project) + "/submitters")).AsArray();
        var keys = await admin.GetAsync(Scripts.SubmissionsOf(project) + "/keys");
        var list = await ExtendedAsync(admin, Scripts.SubmissionsOf(project));
        var audits = await ExtendedAsync(admin, Scripts.SubmissionOf(project, id) + "/audits");

        Assert.Equal(["user", "field_key"], submitters.Select(actor => actor.Text("type")));
        Assert.Equal("[]", keys.ToJsonString());
        Assert.Equal(("field_key", "1", 0), (list[0]?["submitter"].Text("type"), list[0].Text("formVersion"), list[0]?["edits"]?.GetValue<int>()));
        Assert.Equal(("field_key", "village"), (audits[0]?["actor"].Text("type"), audits[0]?["actee"].Text("xmlFormId")));
    }

    private static async Task<JsonNode> ExtendedAsync(Browser browser, string path) =>
        await browser.SendAsync(HttpMethod.Get, path, null, ("X-Extended-Metadata", "true")).JsonAsync();

    private static async Task SendAsync(Browser browser, HttpMethod method, string path, string notes, string xml) =>
        await browser.SendAsync(
            method, path, new StringContent(xml, Encoding.UTF8, "application/xml"), ("X-Action-Notes", Uri.EscapeDataString(notes))).JsonAsync();

    private static async Task<string> SentAsync(Browser browser, long project)
    {
        var id = Village.NewId();
        await browser.SendXmlAsync(HttpMethod.Post, Scripts.SubmissionsOf(project, Household.FormId), Household.Instance(id)).JsonAsync();
        return Scripts.SubmissionOf(project, id, Household.FormId);
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync(string? form = null)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, form ?? Village.Form());
        return (admin, project);
    }
}
