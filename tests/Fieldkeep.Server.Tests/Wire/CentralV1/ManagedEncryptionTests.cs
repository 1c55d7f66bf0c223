using System.Net;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;
using static Fieldkeep.Server.Tests.Support.EncryptedVillage;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>What phones encrypt to a project’s key: received, listed, and opened in exports by the passphrase alone.</summary>
public sealed class ManagedEncryptionTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_phone_encrypts_comes_out_with_the_passphrase_and_only_with_it()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        await phone.SendAsync(Village.Instance("uuid:clear-1", name: "In the clear"));
        var key = await EnableAsync(admin, project, "goats");
        var (_, id) = await SendEncryptedAsync(phone);
        var contents = await admin.GetAsync($"/api/projects/{project}/forms/{Village.FormId}/export-contents");

        var closed = await admin.GetZipAsync(PathOf(project));
        var opened = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");

        var hidden = closed["village.csv"].ReadCsv().Single(row => row["KEY"] == id);
        Assert.Equal(key, (long?)contents["keys"]?[0]?["id"]);
        Assert.Equal("goats", (string?)contents["keys"]?[0]?["hint"]);
        Assert.Equal(("not decrypted", "", "2", "2"), (hidden["Status"], hidden["name"], hidden["AttachmentsPresent"], hidden["AttachmentsExpected"]));
        Assert.DoesNotContain(closed.Keys, name => name.StartsWith("media/", StringComparison.Ordinal));
        var rows = opened["village.csv"].ReadCsv();
        var row = rows.Single(row => row["KEY"] == id);
        Assert.Equal((Planted, "p.jpg", ""), (row["name"], row["photo"], row["Status"]));
        Assert.Equal("In the clear", rows.Single(row => row["KEY"] == "uuid:clear-1")["name"]);
        Assert.Equal(Photo, opened["media/p.jpg"]);
        Assert.Equal(["12", "30"], opened["village-well.csv"].ReadCsv().Where(well => well["PARENT_KEY"] == id).Select(well => well["depth"]));
        Assert.Equal(["media/p.jpg", "village-well.csv", "village.csv"], opened.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Passphrases_come_as_json_and_as_form_fields_never_in_the_address_and_stand_in_no_log()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        await SendEncryptedAsync(phone);
        using var fields = new FormUrlEncodedContent([new($"{key}", Passphrase), new("__csrf", "x")]);

        using var posted = await admin.SendAsync(HttpMethod.Post, PathOf(project), fields);
        using var asked = await admin.SendAsync(HttpMethod.Get, $"{PathOf(project)}?{key}={Uri.EscapeDataString(Passphrase)}");
        using var mixed = await admin.SendAsync(HttpMethod.Post, $"{PathOf(project)}?{key}={Uri.EscapeDataString(Passphrase)}", Json("{}"));
        using var table = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/submissions.csv", Json($$"""{"{{key}}":"{{Passphrase}}"}"""));

        Assert.Equal(Planted, (await UnzipAsync(posted))["village.csv"].ReadCsv().Single()["name"]);
        await asked.ShouldBeCentralProblemAsync(400, 400.8m);
        await mixed.ShouldBeCentralProblemAsync(400, 400.8m);
        Assert.Equal(Planted, (await table.Content.ReadAsByteArrayAsync(Token)).ReadCsv().Single()["name"]);
        Assert.DoesNotContain("goats", server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Planted, server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_passphrase_is_refused_with_centrals_code_and_not_tried_without_end()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        await SendEncryptedAsync(phone);
        var wrong = $$"""{"{{key}}":"seven wet goats on the boat"}""";

        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var refused = await admin.SendAsync(HttpMethod.Post, PathOf(project), Json(wrong));
            await refused.ShouldBeCentralProblemAsync(400, 400.12m);
        }

        using var tooMany = await admin.SendAsync(HttpMethod.Post, PathOf(project), Json($$"""{"{{key}}":"{{Passphrase}}"}"""));
        Assert.Equal(HttpStatusCode.TooManyRequests, tooMany.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await admin.SendAsync(HttpMethod.Get, PathOf(project))).StatusCode);
    }

    [Fact]
    public async Task Files_may_come_one_by_one_and_lists_say_what_is_missing()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        var (sent, id) = await EncryptAsync(phone);
        await phone.SendAsync(sent.With(files => files[..1]));

        var feed = await admin.GetAsync($"/v1/projects/{project}/forms/village.svc/Submissions");
        var table = await admin.GetAsync($"/api/projects/{project}/forms/village/rows?limit=10");
        var zip = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");
        Assert.Equal("missingEncryptedFormData", (string?)feed["value"]?[0]?["__system"]?["status"]);
        Assert.Null(feed["value"]?[0]?["name"]);
        Assert.Equal("missingEncryptedFormData", (string?)table["rows"]?[0]?["status"]);
        Assert.Equal("missing encrypted form data", zip["village.csv"].ReadCsv().Single()["Status"]);

        var record = await admin.GetAsync($"/api/projects/{project}/forms/village/submissions/{id}");
        Assert.Equal(("missingEncryptedFormData", 0), ((string?)record["status"], record["tree"]?.AsArray().Count));
        using var added = await admin.SendBytesAsync(
            HttpMethod.Post, $"{Scripts.SubmissionOf(project, id)}/attachments/submission.xml.enc", sent.Files[1].Content);
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);

        feed = await admin.GetAsync($"/v1/projects/{project}/forms/village.svc/Submissions");
        table = await admin.GetAsync($"/api/projects/{project}/forms/village/rows?limit=10");
        zip = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");
        Assert.Equal("notDecrypted", (string?)feed["value"]?[0]?["__system"]?["status"]);
        Assert.Equal("notDecrypted", (string?)table["rows"]?[0]?["status"]);
        Assert.Equal("notDecrypted", (string?)(await admin.GetAsync($"/api/projects/{project}/forms/village/submissions/{id}"))["status"]);
        Assert.Equal((Planted, ""), (zip["village.csv"].ReadCsv().Single() is var row ? (row["name"], row["Status"]) : default));
    }

    [Fact]
    public async Task After_a_key_of_its_own_a_form_has_rows_of_both_and_the_passphrase_opens_its_own()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        var (_, managed) = await SendEncryptedAsync(phone);
        await admin.ReviseAsync(project, WithKey(Village.Form(version: "own"), OwnKey()), Village.FormId);
        var (_, own) = await SendEncryptedAsync(phone);

        var rows = (await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}"""))["village.csv"].ReadCsv();

        Assert.Equal((Planted, ""), (rows.Single(row => row["KEY"] == managed) is var opened ? (opened["name"], opened["Status"]) : default));
        Assert.Equal(("", "not decrypted"), (rows.Single(row => row["KEY"] == own) is var closed ? (closed["name"], closed["Status"]) : default));
    }

    [Theory]
    [InlineData("cut", "damaged", "")]
    [InlineData("cut at a block", "damaged", "")]
    [InlineData("empty", "damaged", "")]
    [InlineData("exchanged", "damaged", "")]
    [InlineData("photo cut", "signature mismatch", Planted)]
    [InlineData("photo of another", "signature mismatch", Planted)]
    public async Task What_was_cut_off_or_exchanged_is_told_and_costs_no_other_row(string harm, string status, string name)
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        var (_, whole) = await SendEncryptedAsync(phone);
        var (sent, id) = await EncryptAsync(phone);
        var (other, _) = await EncryptAsync(phone);
        var (photo, answers) = (sent.Files[0], sent.Files[1]);
        await phone.SendAsync(sent with
        {
            Files = harm switch
            {
                "cut" => [photo, (answers.Name, answers.Content[..^3])],
                "cut at a block" => [photo, (answers.Name, answers.Content[..^32])],
                "empty" => [photo, (answers.Name, [])],
                "exchanged" => [(photo.Name, answers.Content), (answers.Name, photo.Content)],
                "photo cut" => [(photo.Name, photo.Content[..^5]), answers],
                _ => [(photo.Name, other.Files[0].Content), answers],
            },
        });

        var zip = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");

        var rows = zip["village.csv"].ReadCsv();
        Assert.Equal((status, name), (rows.Single(row => row["KEY"] == id) is var harmed ? (harmed["Status"], harmed["name"]) : default));
        Assert.Equal((Planted, ""), (rows.Single(row => row["KEY"] == whole) is var well ? (well["name"], well["Status"]) : default));
        Assert.Contains(id, Encoding.UTF8.GetString(zip["media/DAMAGED-FILES.txt"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_photo_under_another_photos_name_is_found_by_the_signature()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        var form = await phone.DownloadAsync(Village.FormId);
        var id = Village.NewId();
        var sent = EncryptingPhone.Encrypt(
            form, id, Village.Instance(id, Planted, "a.jpg", form.Version), ("a.jpg", Photo), ("b.jpg", [.. Photo, 1]));
        await phone.SendAsync(sent.With(files => [(files[0].Name, files[1].Content), (files[1].Name, files[0].Content), files[2]]));

        var zip = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");

        Assert.Equal("signature mismatch", zip["village.csv"].ReadCsv().Single()["Status"]);
        Assert.Contains(id, Encoding.UTF8.GetString(zip["media/DAMAGED-FILES.txt"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_photo_leaves_the_answers_readable()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        var (sent, _) = await EncryptAsync(phone);
        await phone.SendAsync(sent.With(files => files[1..]));

        var zip = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");

        var row = zip["village.csv"].ReadCsv().Single();
        Assert.Equal((Planted, "", "1", "2"), (row["name"], row["Status"], row["AttachmentsPresent"], row["AttachmentsExpected"]));
        Assert.DoesNotContain(zip.Keys, entry => entry.StartsWith("media/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_in_the_clear_to_an_encrypted_version_and_manifests_nobody_can_open_are_refused()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        await EnableAsync(admin, project);
        var (sent, _) = await EncryptAsync(phone);
        var form = await phone.DownloadAsync(Village.FormId);

        using var clear = await phone.SubmitAsync(Village.Instance(Village.NewId(), version: form.Version));
        using var old = await phone.SubmitAsync(Village.Instance(Village.NewId(), version: "1"));
        using var keyless = await phone.SubmitAsync(sent.Manifest.Replace("base64EncryptedKey>", "no>", StringComparison.Ordinal), sent.Files);
        using var nameless = await phone.SubmitAsync(sent.Manifest.Replace("encryptedXmlFile>", "no>", StringComparison.Ordinal), sent.Files[0]);

        Assert.Equal(
            (HttpStatusCode.BadRequest, HttpStatusCode.Created, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest),
            (clear.StatusCode, old.StatusCode, keyless.StatusCode, nameless.StatusCode));
    }

    [Fact]
    public async Task An_encrypted_edit_takes_no_files_of_the_version_before()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        var (sent, first) = await SendEncryptedAsync(phone);
        var form = await phone.DownloadAsync(Village.FormId);
        var second = Village.NewId();
        var edit = EncryptingPhone.Encrypt(form, second, Village.Instance(second, "Edited", "", form.Version));
        var manifest = edit.Manifest.Replace(
            "</orx:instanceID>", $"</orx:instanceID><orx:deprecatedID>{first}</orx:deprecatedID>", StringComparison.Ordinal);
        await phone.SendAsync(manifest);

        var before = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");
        await phone.SendAsync(sent);
        await phone.SendAsync(manifest, edit.Files);
        var after = await PostZipAsync(admin, project, $$"""{"{{key}}":"{{Passphrase}}"}""");

        Assert.Equal("missing encrypted form data", before["village.csv"].ReadCsv().Single()["Status"]);
        Assert.Equal(("Edited", ""), (after["village.csv"].ReadCsv().Single() is var row ? (row["name"], row["Status"]) : default));
    }

    [Fact]
    public async Task Neither_passphrase_nor_private_key_nor_answers_lie_in_the_database_in_the_clear()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        await EnableAsync(admin, project, "a hint about goats");
        await SendEncryptedAsync(phone);

        foreach (var column in new[] { "hint", "private_key" })
        {
            var bytes = await server.QueryAsync<byte[]>($"select {column} from keys.form_keys where project_id = @project", new { project });
            Assert.Equal([0xFB], bytes?[..1]);
        }

        Assert.DoesNotContain("goats", server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_in_the_background_takes_passphrases_and_a_saved_one_keeps_none()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var key = await EnableAsync(admin, project);
        await SendEncryptedAsync(phone);
        var exports = $"/api/projects/{project}/forms/village/exports";
        var passphrases = new Dictionary<string, string> { [$"{key}"] = Passphrase };

        var job = await admin.PostAsync(exports, new { format = "json", passphrases });
        var saved = await admin.PostAsync($"/api/projects/{project}/forms/village/saved-exports", new { name = "all", export = new { format = "csv", passphrases } });
        using var wrong = await admin.SendAsync(HttpMethod.Post, exports, new { passphrases = new Dictionary<string, string> { [$"{key}"] = "no such goats" } });

        var id = (string?)job["id"];
        while ((string?)(await admin.GetAsync($"/api/exports/{id}"))["state"] == "running")
        {
            await Task.Delay(20, Token);
        }

        using var file = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{id}/file");
        Assert.Contains(Planted, await file.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.DoesNotContain("goats", saved.ToJsonString(), StringComparison.Ordinal);
        await wrong.ShouldBeProblemAsync(400, "key.wrong_passphrase");
    }
}
