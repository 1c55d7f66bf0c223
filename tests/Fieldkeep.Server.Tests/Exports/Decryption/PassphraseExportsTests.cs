using System.Net;
using System.Net.Http.Headers;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Decryption;

public sealed class PassphraseExportsTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Passphrase = "nine dry camels by the well";
    private const string Planted = "PLANTED-SECRET-93d1";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_preview_opens_no_keys_and_tries_no_passphrase()
    {
        var (admin, project, key) = await ArrangeAsync();

        for (var attempt = 0; attempt < 11; attempt++)
        {
            var preview = await admin.PostAsync($"{FormOf(project)}/exports/preview", Wanted(key, "no such camels"));
            Assert.Equal(1, preview["submissions"]?.GetValue<int>());
        }
    }

    [Fact]
    public async Task Passphrases_are_not_tried_without_end_from_many_networks()
    {
        var (admin, project, key) = await ArrangeAsync();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var refused = await From(admin, $"127.0.7.{attempt + 1}").SendAsync(
                HttpMethod.Post, $"{FormOf(project)}/exports", Wanted(key, "no such camels"));
            await refused.ShouldBeProblemAsync(400, "key.wrong_passphrase");
        }

        using var tooMany = await From(admin, "127.0.8.1").SendAsync(HttpMethod.Post, $"{FormOf(project)}/exports", Wanted(key, Passphrase));

        await tooMany.ShouldBeProblemAsync(429, "session.too_many_attempts");
    }

    [Fact]
    public async Task Wrong_passphrases_and_decryption_stand_in_the_audit_book()
    {
        var (admin, project, key) = await ArrangeAsync();
        using var refused = await admin.SendAsync(HttpMethod.Post, $"{FormOf(project)}/exports", Wanted(key, "no such camels"));
        await refused.ShouldBeProblemAsync(400, "key.wrong_passphrase");
        Assert.Equal(["village: key " + key], await LinesAsync("key.wrong_passphrase", project));

        var job = await MakeAsync(admin, project, Wanted(key, Passphrase));
        using var file = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{job}/file");
        var plain = await MakeAsync(admin, project, new { format = "csv" });
        using var closed = await admin.SendAsync(HttpMethod.Get, $"/api/exports/{plain}/file");

        Assert.Contains(Planted, await file.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.DoesNotContain(Planted, await closed.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(
            ["village: 1 submissions as CSV, decrypted", "village: 1 submissions as CSV"], await LinesAsync("submission.export", project));
        Assert.Equal(
            ["village: 1 submissions, decrypted", "village: 1 submissions"], await LinesAsync("submission.export_download", project));
        Assert.Single(await LinesAsync("key.wrong_passphrase", project));
    }

    [Fact]
    public async Task A_file_that_passphrases_opened_is_fetched_once_within_an_hour()
    {
        var (admin, project, key) = await ArrangeAsync();
        var once = await MakeAsync(admin, project, Wanted(key, Passphrase));
        var late = await MakeAsync(admin, project, Wanted(key, Passphrase));
        var closed = await MakeAsync(admin, project, new { format = "csv" });

        using var part = await FetchAsync(admin, once, new RangeHeaderValue(0, 9));
        using var whole = await FetchAsync(admin, once);
        using var plain = await FetchAsync(admin, closed);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Contains(Planted, await whole.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        while ((await admin.GetAsync($"/api/projects/{project}/forms/village/exports"))["items"]?.AsArray().Count > 2)
        {
            await Task.Delay(20, Token);
        }

        using var again = await FetchAsync(admin, once);
        using var plainAgain = await FetchAsync(admin, closed);
        await again.ShouldBeProblemAsync(404, "export.not_found");
        Assert.Equal(HttpStatusCode.OK, plainAgain.StatusCode);
        var keptUntil = (await admin.GetAsync($"/api/exports/{late}"))["keptUntil"]?.GetValue<DateTimeOffset>();
        Assert.InRange(keptUntil - server.Clock.GetUtcNow() ?? default, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
        server.Clock.Advance(TimeSpan.FromHours(1));
        using var tooLate = await FetchAsync(admin, late);
        using var stillThere = await FetchAsync(admin, closed);
        await tooLate.ShouldBeProblemAsync(404, "export.not_found");
        Assert.Equal(HttpStatusCode.OK, stillThere.StatusCode);
    }

    private async Task<HttpResponseMessage> FetchAsync(Browser browser, string job, RangeHeaderValue? range = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/exports/{job}/file");
        request.Headers.Add("Cookie", $"__Host-session={browser.Cookie}");
        request.Headers.Range = range;
        return await server.CreateClient().SendAsync(request, Token);
    }

    private static async Task<string> MakeAsync(Browser admin, long project, object wanted)
    {
        var job = (await admin.PostAsync($"{FormOf(project)}/exports", wanted)).Text("id");
        while ((await admin.GetAsync($"/api/exports/{job}")).Text("state") is var state && state != "ready")
        {
            Assert.Equal("running", state);
            await Task.Delay(20, Token);
        }

        return job;
    }

    private async Task<string[]> LinesAsync(string action, long project) =>
        await server.QueryAsync<string[]>(
            "select array_agg(subject_id || ': ' || detail order by id) from audit.events where action = @action and project_id = @project",
            new { action, project }) ?? [];

    private Browser From(Browser browser, string address) =>
        new(server.CreateClient(address)) { Cookie = browser.Cookie, Csrf = browser.Csrf };

    private static string FormOf(long project) => $"/api/projects/{project}/forms/village";

    private static object Wanted(long key, string passphrase) =>
        new { format = "csv", passphrases = new Dictionary<string, string> { [$"{key}"] = passphrase } };

    private async Task<(Browser Admin, long Project, long Key)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project, Village.Form());
        var enabled = await admin.PostAsync($"/v1/projects/{project}/key", new { passphrase = Passphrase });
        var form = await phone.DownloadAsync(Village.FormId);
        var id = Village.NewId();
        await phone.SendAsync(EncryptingPhone.Encrypt(form, id, Village.Instance(id, Planted, version: form.Version)));
        return (admin, project, enabled["keyId"]?.GetValue<long>() ?? 0);
    }
}
