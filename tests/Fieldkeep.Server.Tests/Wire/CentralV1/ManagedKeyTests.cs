using System.Net;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;
using static Fieldkeep.Server.Tests.Support.EncryptedVillage;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>A project’s key: who turns it on, which forms are given it, and who is told of it.</summary>
public sealed class ManagedKeyTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Turning_it_on_gives_every_form_a_version_that_phones_encrypt_to()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
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
        var (admin, project, phone) = await server.EncryptedVillageAsync();
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
    public async Task A_key_of_another_project_opens_nothing_and_is_not_told_of()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var (_, other, _) = await server.EncryptedVillageAsync();
        await EnableAsync(admin, project);
        var foreign = await EnableAsync(admin, other);
        await SendEncryptedAsync(phone);

        var zip = await PostZipAsync(admin, project, $$"""{"{{foreign}}":"{{Passphrase}}","999999":"x","attachments":"y"}""");

        Assert.Equal("not decrypted", zip["village.csv"].ReadCsv().Single()["Status"]);
    }

    [Fact]
    public async Task The_keys_that_submissions_need_are_listed_with_their_hint()
    {
        var (admin, project, phone) = await server.EncryptedVillageAsync();
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
    public async Task It_is_turned_on_once_by_who_may_change_the_project()
    {
        var (admin, project, _) = await server.EncryptedVillageAsync();
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
        var (admin, project, _) = await server.EncryptedVillageAsync();
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
        var (admin, project, phone) = await server.EncryptedVillageAsync();
        var number = await server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project });
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/forms/village");
        await EnableAsync(admin, project);
        using var restored = await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/{number}/restore");

        Assert.NotEqual("", (await phone.DownloadAsync(Village.FormId)).PublicKey);
    }
}
