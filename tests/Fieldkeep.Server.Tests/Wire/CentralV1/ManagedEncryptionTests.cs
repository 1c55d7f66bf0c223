using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class ManagedEncryptionTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Passphrase = "seven wet goats on the ferry";
    private const string Planted = "PLANTED-ENCRYPTED-4c1d";

    private static readonly byte[] Photo = [0xFF, 0xD8, .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(Planted, 9))), 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Turning_it_on_gives_every_form_a_version_that_phones_encrypt_to()
    {
        var (admin, project, phone) = await ArrangeAsync();
        await admin.UploadAsync(project, Village.Form("other", "v 2"));
        using var drafted = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(Village.Form("only-draft")));
        Assert.Equal(HttpStatusCode.OK, drafted.StatusCode);

        var key = await EnableAsync(admin, project, "goats");

        Assert.Equal(key, (long?)(await admin.GetAsync($"/v1/projects/{project}"))["keyId"]);
        Assert.Equal(key, (long?)(await admin.GetAsync("/v1/projects")).AsArray().Single(one => (long?)one?["id"] == project)?["keyId"]);
        var form = await phone.DownloadAsync(Village.FormId);
        var other = await phone.DownloadAsync("other");
        Assert.Matches(@"^1\[encrypted:[A-Za-z0-9_-]{8}\]$", form.Version);
        Assert.Matches(@"^v 2\[encrypted:[A-Za-z0-9_-]{8}\]$", other.Version);
        Assert.Equal(form.PublicKey, other.PublicKey);
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(Convert.FromBase64String(form.PublicKey), out _);
        Assert.Equal(2048, rsa.KeySize);
        var draft = await admin.GetAsync($"/v1/projects/{project}/forms/only-draft/draft");
        Assert.Equal(key, (long?)draft["keyId"]);
        Assert.Matches(@"^1\[encrypted:", (string?)draft["version"]);
        Assert.Equal(
            [key, null], (await admin.GetAsync($"/v1/projects/{project}/forms/{Village.FormId}/versions")).AsArray().Select(one => (long?)one?["keyId"]));
    }

    [Fact]
    public async Task Forms_that_come_later_are_given_the_key_and_those_with_their_own_keep_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var key = await EnableAsync(admin, project);
        var own = OwnKey();

        await admin.UploadAsync(project, Village.Form("later"));
        await admin.UploadAsync(project, WithKey(Village.Form("own"), own));
        await admin.ReviseAsync(project, Village.Form(version: "2"), Village.FormId);

        var later = await phone.DownloadAsync("later");
        Assert.Matches(@"^1\[encrypted:", later.Version);
        Assert.Equal(later.PublicKey, (await phone.DownloadAsync(Village.FormId)).PublicKey);
        Assert.Equal(("1", own), (await phone.DownloadAsync("own") is var kept ? (kept.Version, kept.PublicKey) : default));
        Assert.NotEqual(key, (long?)(await admin.GetAsync($"/v1/projects/{project}/forms/own"))["keyId"]);
        Assert.Equal(key, (long?)(await admin.GetAsync($"/v1/projects/{project}/forms/later"))["keyId"]);
    }

    [Fact]
    public async Task What_a_phone_encrypts_comes_out_with_the_passphrase_and_only_with_it()
    {
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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
    public async Task A_key_of_another_project_opens_nothing_and_is_not_told_of()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var (_, other, _) = await ArrangeAsync();
        await EnableAsync(admin, project);
        var foreign = await EnableAsync(admin, other);
        await SendEncryptedAsync(phone);

        var zip = await PostZipAsync(admin, project, $$"""{"{{foreign}}":"{{Passphrase}}","999999":"x","attachments":"y"}""");

        Assert.Equal("not decrypted", zip["village.csv"].ReadCsv().Single()["Status"]);
    }

    [Fact]
    public async Task Files_may_come_one_by_one_and_lists_say_what_is_missing()
    {
        var (admin, project, phone) = await ArrangeAsync();
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
    public async Task The_keys_that_submissions_need_are_listed_with_their_hint()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var key = await EnableAsync(admin, project, "goats");
        Assert.Empty((await admin.GetAsync(KeysOf(project))).AsArray());
        await SendEncryptedAsync(phone);
        var own = OwnKey();
        await admin.ReviseAsync(project, WithKey(Village.Form(version: "own"), own), Village.FormId);
        await SendEncryptedAsync(phone);

        var keys = (await admin.GetAsync(KeysOf(project))).AsArray();

        Assert.Equal(own, (string?)keys[0]?["public"]);
        Assert.Equal((false, null), ((bool?)keys[0]?["managed"], (string?)keys[0]?["hint"]));
        Assert.Equal((key, true, "goats"), ((long?)keys[1]?["id"], (bool?)keys[1]?["managed"], (string?)keys[1]?["hint"]));
        Assert.NotNull(keys[1]?["createdAt"]);
        var (viewer, stranger) = (await server.SignedInAsync("viewer", project), await server.SignedInAsync("", 0));
        Assert.Equal(2, (await viewer.GetAsync(KeysOf(project))).AsArray().Count);
        using var unseen = await stranger.SendAsync(HttpMethod.Get, KeysOf(project));
        await unseen.ShouldBeCentralProblemAsync(404, 404.1m);
    }

    [Fact]
    public async Task After_a_key_of_its_own_a_form_has_rows_of_both_and_the_passphrase_opens_its_own()
    {
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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
    public async Task It_is_turned_on_once_by_who_may_change_the_project()
    {
        var (admin, project, _) = await ArrangeAsync();
        var viewer = await server.SignedInAsync("viewer", project);
        var path = $"/v1/projects/{project}/key";
        async Task<HttpResponseMessage> AskAsync(Browser browser, object body) => await browser.SendAsync(HttpMethod.Post, path, body);

        using var denied = await AskAsync(viewer, new { passphrase = Passphrase });
        using var none = await AskAsync(admin, new { hint = "x" });
        using var shortOne = await AskAsync(admin, new { passphrase = "123456789" });
        var both = await Task.WhenAll(AskAsync(admin, new { passphrase = Passphrase }), AskAsync(admin, new { passphrase = Passphrase }));
        using var again = await AskAsync(admin, new { passphrase = Passphrase });

        await denied.ShouldBeCentralProblemAsync(403, 403.1m);
        await none.ShouldBeCentralProblemAsync(400, 400.2m);
        await shortOne.ShouldBeCentralProblemAsync(400, 400.21m);
        Assert.Equal([200, 409], both.Select(response => (int)response.StatusCode).Order());
        await again.ShouldBeCentralProblemAsync(409, 409.4m);
        Assert.Single((await admin.GetAsync($"/v1/audits?action=project.update")).AsArray(), line => (string?)line?["acteeId"] == $"project:{project}");
    }

    [Fact]
    public async Task No_form_that_is_uploaded_meanwhile_slips_in_unencrypted()
    {
        var (admin, project, _) = await ArrangeAsync();
        var uploads = Enumerable.Range(0, 24).Select(async number =>
        {
            await Task.Delay(number * 15, Token);
            await admin.UploadAsync(project, Village.Form($"form{number}"));
        });

        await Task.WhenAll(uploads.Append(EnableAsync(admin, project)));

        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from forms.forms f join forms.versions v on v.id = f.current_version_id where f.project_id = @project and v.key_id is null",
            new { project }));
    }

    [Fact]
    public async Task A_form_that_comes_back_from_the_trash_asks_for_encryption_too()
    {
        var (admin, project, phone) = await ArrangeAsync();
        var number = await server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project });
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/village");
        await EnableAsync(admin, project);
        using var restored = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/{number}/restore");

        Assert.NotEqual("", (await phone.DownloadAsync(Village.FormId)).PublicKey);
    }

    [Fact]
    public async Task Neither_passphrase_nor_private_key_nor_answers_lie_in_the_database_in_the_clear()
    {
        var (admin, project, phone) = await ArrangeAsync();
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
        var (admin, project, phone) = await ArrangeAsync();
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

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }

    private static async Task<long> EnableAsync(Browser admin, long project, string? hint = null)
    {
        var answer = await admin.PostAsync($"/v1/projects/{project}/key", new { passphrase = Passphrase, hint });
        Assert.Equal(project, (long?)answer["id"]);
        return (long?)answer["keyId"] ?? throw new InvalidOperationException("There is no key.");
    }

    private static async Task<(EncryptedSubmission Sent, string Id)> EncryptAsync(CollectClient phone)
    {
        var form = await phone.DownloadAsync(Village.FormId);
        var id = Village.NewId();
        return (EncryptingPhone.Encrypt(form, id, Village.Instance(id, Planted, "p.jpg", form.Version), ("p.jpg", Photo)), id);
    }

    private static async Task<(EncryptedSubmission Sent, string Id)> SendEncryptedAsync(CollectClient phone)
    {
        var (sent, id) = await EncryptAsync(phone);
        await phone.SendAsync(sent);
        return (sent, id);
    }

    private static string OwnKey()
    {
        using var rsa = RSA.Create(2048);
        return Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }

    private static string WithKey(string form, string key) =>
        form.Replace("<model>", $"<model><submission base64RsaPublicKey=\"{key}\"/>", StringComparison.Ordinal);

    private static string PathOf(long project) => $"/v1/projects/{project}/forms/village/submissions.csv.zip";

    private static string KeysOf(long project) => $"/v1/projects/{project}/forms/village/submissions/keys";

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private static async Task<Dictionary<string, byte[]>> PostZipAsync(Browser admin, long project, string passphrases)
    {
        using var response = await admin.SendAsync(HttpMethod.Post, PathOf(project), Json(passphrases));
        return await UnzipAsync(response);
    }

    private static async Task<Dictionary<string, byte[]>> UnzipAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        return await Zips.UnzipAsync(await response.Content.ReadAsByteArrayAsync(Token));
    }
}
