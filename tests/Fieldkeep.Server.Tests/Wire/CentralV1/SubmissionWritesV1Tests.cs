using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class SubmissionWritesV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submission_is_sent_as_xml_and_shown_as_it_is_stored()
    {
        var (admin, project) = await ArrangeAsync();
        var id = Village.NewId();

        var made = await admin.SendXmlAsync(
            HttpMethod.Post, Scripts.SubmissionsOf(project) + "?deviceID=imei:1", Village.Instance(id, photo: "a.jpg")).JsonAsync();
        var xml = await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id) + ".xml").TextAsync();
        var files = (await admin.GetAsync(Scripts.SubmissionOf(project, id) + "/attachments")).AsArray();

        Assert.Equal((id, "imei:1", admin.AccountId), (made.Text("instanceId"), made.Text("deviceId"), made["submitterId"]?.GetValue<long>()));
        Assert.Equal(id, made["currentVersion"].Text("instanceId"));
        Assert.Null(made["deletedAt"]);
        Assert.Equal(Village.Instance(id, photo: "a.jpg"), xml);
        Assert.Equal("a.jpg false", $"{files[0].Text("name")} {files[0]?["exists"]?.ToJsonString()}");
    }

    [Fact]
    public async Task What_cannot_be_stored_is_refused_with_centrals_code_and_leaves_nothing()
    {
        var (admin, project) = await ArrangeAsync();
        var path = Scripts.SubmissionsOf(project);
        var taken = await admin.SendVillageAsync(project);
        var missing = $"/v1/projects/{project}/forms/nothing/submissions";

        await admin.SendXmlAsync(HttpMethod.Post, path, "<data id=\"village\" version=\"1\"><na").RefusedAsync(400, 400.1m);
        await admin.SendXmlAsync(HttpMethod.Post, path, "<data id=\"village\" version=\"1\"><name>\0</name></data>").RefusedAsync(400, 400.1m);
        await admin.SendXmlAsync(HttpMethod.Post, path, "").RefusedAsync(400, 400.1m);
        await admin.SendXmlAsync(HttpMethod.Post, path, "<data id=\"village\" version=\"1\"><name>x</name></data>").RefusedAsync(400, 400.2m);
        await admin.SendXmlAsync(HttpMethod.Post, path, Village.Instance("uuid:1", id: "other")).RefusedAsync(400, 400.8m);
        await admin.SendXmlAsync(HttpMethod.Post, path, Village.Instance("uuid:1", version: "9")).RefusedAsync(404, 404.6m);
        await admin.SendXmlAsync(HttpMethod.Post, missing, Village.Instance("uuid:1", id: "nothing")).RefusedAsync(404, 404.1m);
        await admin.SendXmlAsync(HttpMethod.Post, path, Village.Instance(taken)).RefusedAsync(409, 409.3m);
        await admin.SendXmlAsync(HttpMethod.Post, path, Village.Instance(taken, name: "Yei")).RefusedAsync(409, 409.1m);

        Assert.Single((await admin.GetAsync(path)).AsArray());
    }

    [Fact]
    public async Task Nobody_without_the_right_can_send_and_the_body_is_not_read()
    {
        var (_, project) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var collector = await server.SignedInAsync("collector", project);
        var stranger = await server.SignedInAsync("", 0);
        var path = Scripts.SubmissionsOf(project);

        await viewer.SendXmlAsync(HttpMethod.Post, path, "not xml").RefusedAsync(403, 403.1m);
        await stranger.SendXmlAsync(HttpMethod.Post, path, "not xml").RefusedAsync(404, 404.1m);
        var id = await collector.SendVillageAsync(project);
        await collector.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id)).RefusedAsync(403, 403.1m);
    }

    [Fact]
    public async Task An_edit_is_the_next_version_and_the_same_edit_again_changes_nothing()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project, photo: "a.jpg");
        using var sent = await admin.SendBytesAsync(HttpMethod.Post, Scripts.SubmissionOf(project, id) + "/attachments/a.jpg", [1, 2]);
        var second = Village.NewId();
        var xml = Village.Instance(second, name: "Yei", photo: "a.jpg", deprecatedId: id);

        var edited = await admin.SendXmlAsync(HttpMethod.Put, Scripts.SubmissionOf(project, id), xml).JsonAsync();
        var again = await admin.SendXmlAsync(HttpMethod.Put, Scripts.SubmissionOf(project, id), xml).JsonAsync();
        var files = (await admin.GetAsync(Scripts.SubmissionOf(project, id) + "/attachments")).AsArray();

        Assert.Equal((id, second, "edited"), (edited.Text("instanceId"), edited["currentVersion"].Text("instanceId"), edited.Text("reviewState")));
        Assert.Equal(edited.ToJsonString(), again.ToJsonString());
        Assert.True(files[0]?["exists"]?.GetValue<bool>());
        Assert.Equal(2L, await server.QueryAsync<long>(
            "select count(*) from submissions.versions v join submissions.submissions s on s.id = v.submission_id where s.instance_id = @id",
            new { id }));
    }

    [Fact]
    public async Task An_edit_that_does_not_fit_is_refused_with_centrals_code()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);
        var other = await admin.SendVillageAsync(project, name: "Moyo");
        var path = Scripts.SubmissionOf(project, id);
        var current = Village.NewId();

        await admin.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId())).RefusedAsync(400, 400.19m);
        await admin.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), deprecatedId: other)).RefusedAsync(409, 409.9m);
        await admin.SendXmlAsync(HttpMethod.Put, path, Village.Instance(other, name: "Yei", deprecatedId: id)).RefusedAsync(409, 409.8m);
        await admin.SendXmlAsync(HttpMethod.Put, path, Village.Instance(current, deprecatedId: id)).JsonAsync();
        await admin.SendXmlAsync(HttpMethod.Put, path, Village.Instance(Village.NewId(), deprecatedId: id)).RefusedAsync(409, 409.9m);
        await admin.SendXmlAsync(HttpMethod.Put, Scripts.SubmissionOf(project, "uuid:none"), Village.Instance(Village.NewId(), deprecatedId: current))
            .RefusedAsync(404, 404.1m);

        Assert.Equal(2, (await admin.GetAsync(path + "/versions")).AsArray().Count);
    }

    [Fact]
    public async Task Of_two_edits_of_one_version_at_once_one_is_stored_and_the_other_told()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async number =>
        {
            using var response = await admin.SendXmlAsync(
                HttpMethod.Put,
                Scripts.SubmissionOf(project, id),
                Village.Instance(Village.NewId(), name: $"Edit {number}", deprecatedId: id));
            return (response.StatusCode, Body: await response.Content.ReadAsStringAsync(Token));
        }));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.All(
            answers.Where(answer => answer.StatusCode != HttpStatusCode.OK),
            answer => Assert.Equal("409.9", JsonNode.Parse(answer.Body)?["code"]?.ToJsonString()));
        Assert.Equal(2, (await admin.GetAsync(Scripts.SubmissionOf(project, id) + "/versions")).AsArray().Count);
    }

    [Fact]
    public async Task The_id_of_an_edit_is_no_id_for_a_new_submission()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);
        var second = Village.NewId();
        var edit = Village.Instance(second, name: "Yei", deprecatedId: id);
        await admin.SendXmlAsync(HttpMethod.Put, Scripts.SubmissionOf(project, id), edit).JsonAsync();
        var path = Scripts.SubmissionsOf(project);

        await admin.SendXmlAsync(HttpMethod.Post, path, edit).RefusedAsync(409, 409.3m);
        await admin.SendXmlAsync(HttpMethod.Post, path, Village.Instance(second, name: "Moyo")).RefusedAsync(409, 409.1m);

        // As it was stored before versions said whose draft they are.
        await server.QueryAsync<int?>("update submissions.versions set is_draft = null where instance_id = @second", new { second });
        await admin.SendXmlAsync(HttpMethod.Post, path, edit).RefusedAsync(409, 409.3m);

        Assert.Single((await admin.GetAsync(path)).AsArray());
    }

    [Fact]
    public async Task Of_an_edit_and_a_new_submission_of_one_id_at_once_one_is_stored()
    {
        var (admin, project) = await ArrangeAsync();
        var path = Scripts.SubmissionsOf(project);

        await Task.WhenAll(Enumerable.Range(0, 24).Select(async _ =>
        {
            var first = await admin.SendVillageAsync(project);
            var id = Village.NewId();
            var xml = Village.Instance(id, name: "Yei", deprecatedId: first);
            var answers = await Task.WhenAll(
                admin.SendXmlAsync(HttpMethod.Put, Scripts.SubmissionOf(project, first), xml),
                admin.SendXmlAsync(HttpMethod.Post, path, xml));
            Assert.All(answers, answer => Assert.True((int)answer.StatusCode is 200 or 409, $"{answer.StatusCode}"));
            Array.ForEach(answers, answer => answer.Dispose());

            Assert.Equal(1L, await server.QueryAsync<long>("select count(*) from submissions.versions where instance_id = @id", new { id }));
        }));
    }

    [Fact]
    public async Task A_missing_file_is_added_replaced_and_cleared_and_the_ledger_knows()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project, photo: "a.jpg");
        var file = Scripts.SubmissionOf(project, id) + "/attachments/a.jpg";

        await admin.SendAsync(HttpMethod.Get, file).RefusedAsync(404, 404.1m);
        await admin.SendBytesAsync(HttpMethod.Post, file, [1, 2, 3]).JsonAsync();
        var first = await BytesAsync(admin, file);
        await admin.SendBytesAsync(HttpMethod.Post, file, [9]).JsonAsync();
        var replaced = await BytesAsync(admin, file);
        var cleared = await admin.SendAsync(HttpMethod.Delete, file).JsonAsync();
        var files = (await admin.GetAsync(Scripts.SubmissionOf(project, id) + "/attachments")).AsArray();

        Assert.Equal([1, 2, 3], first);
        Assert.Equal([9], replaced);
        Assert.Equal("""{"success":true}""", cleared.ToJsonString());
        Assert.Equal("a.jpg false", $"{files[0].Text("name")} {files[0]?["exists"]?.ToJsonString()}");
        Assert.Equal(3L, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where subject_id = @id and action in ('submission.attach_file', 'submission.clear_file')", new { id }));
    }

    [Fact]
    public async Task A_file_that_the_submission_does_not_name_is_404_whatever_its_name()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project, photo: "a.jpg");
        var folder = Scripts.SubmissionOf(project, id) + "/attachments/";

        foreach (var name in (string[])["b.jpg", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..%5cx", "A.JPG"])
        {
            await admin.SendBytesAsync(HttpMethod.Post, folder + name, Encoding.UTF8.GetBytes("x")).RefusedAsync(404, 404.1m);
            await admin.SendAsync(HttpMethod.Delete, folder + name).RefusedAsync(404, 404.1m);
        }

        // A NUL never gets past the web server.
        using var withNul = await admin.SendBytesAsync(HttpMethod.Post, folder + "a.jpg%00.exe", [1]);
        Assert.Equal(HttpStatusCode.BadRequest, withNul.StatusCode);
    }

    [Fact]
    public async Task A_collector_completes_what_they_sent_and_changes_nothing_that_came()
    {
        var (admin, project) = await ArrangeAsync();
        var collector = await server.SignedInAsync("collector", project);
        var id = await collector.SendVillageAsync(project, photo: "a.jpg");
        var others = await admin.SendVillageAsync(project, photo: "b.jpg");
        var file = Scripts.SubmissionOf(project, id) + "/attachments/a.jpg";

        await collector.SendBytesAsync(HttpMethod.Post, file, [1]).JsonAsync();
        await collector.SendBytesAsync(HttpMethod.Post, file, [2]).RefusedAsync(403, 403.1m);
        await collector.SendAsync(HttpMethod.Delete, file).RefusedAsync(403, 403.1m);
        await collector.SendBytesAsync(HttpMethod.Post, Scripts.SubmissionOf(project, others) + "/attachments/b.jpg", [1]).RefusedAsync(404, 404.1m);

        Assert.Equal([1], await BytesAsync(admin, file));
    }

    [Fact]
    public async Task Draft_tests_are_sent_edited_and_kept_apart()
    {
        var (admin, project) = await ArrangeAsync();
        using var draft = await admin.SendXmlAsync(
            HttpMethod.Post, $"/v1/projects/{project}/forms/village/draft?ignoreWarnings=true", Village.Form(version: "2"));
        var path = $"/v1/projects/{project}/forms/village/draft/submissions";
        var id = Village.NewId();
        var second = Village.NewId();

        await admin.SendXmlAsync(HttpMethod.Post, path, Village.Instance(id, version: "2")).JsonAsync();
        var edited = await admin.SendXmlAsync(
            HttpMethod.Put, $"{path}/{id}", Village.Instance(second, name: "Yei", version: "2", deprecatedId: id)).JsonAsync();
        var diffs = await admin.GetAsync($"{path}/{id}/diffs");

        Assert.Equal(second, edited["currentVersion"].Text("instanceId"));
        Assert.Equal("Yei", diffs[second]?[0].Text("new"));
        Assert.Empty((await admin.GetAsync(Scripts.SubmissionsOf(project))).AsArray());
        Assert.Single((await admin.GetAsync(path)).AsArray());
    }

    [Fact]
    public async Task There_is_no_page_that_edits_and_the_answer_says_what_to_do()
    {
        var (admin, project) = await ArrangeAsync();
        var id = await admin.SendVillageAsync(project);

        await admin.SendAsync(HttpMethod.Get, Scripts.SubmissionOf(project, id) + "/edit").RefusedAsync(409, 409.11m);
    }

    private static async Task<byte[]> BytesAsync(Browser browser, string path)
    {
        using var response = await browser.SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync(Token);
    }

    private async Task<(Browser Admin, long Project)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        return (admin, project);
    }
}
