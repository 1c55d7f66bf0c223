using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class AccessLogApiTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0 secret-of-the-agent";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sign_ins_and_failures_are_told_in_words_with_ones_own_address()
    {
        var (email, _) = await server.PersonAsync();
        using (await SignInAsync(email, "wrong", "127.0.20.1"))
        {
            // Refused.
        }

        var browser = await BrowserAsync(email, "127.0.20.2");
        var lines = await LinesAsync(browser);

        Assert.Equal(["device.new", "sign_in", "sign_in"], lines.Select(KindOf).Where(kind => kind.StartsWith("sign", StringComparison.Ordinal) || kind.StartsWith("device", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var failed = lines.Single(line => !line["isSuccess"]!.GetValue<bool>()); // every line says
        Assert.Equal("password", failed["reason"]?.GetValue<string>());
        Assert.Equal("127.0.20.1", failed["address"]?.GetValue<string>());
        Assert.Equal("Firefox", failed["browser"]?.GetValue<string>());
        Assert.Equal("Linux", failed["system"]?.GetValue<string>());
        Assert.Equal("web", failed["door"]?.GetValue<string>());
        Assert.Equal(6, failed["place"]?.GetValue<string>().Length);
        Assert.Equal([failed.ToJsonString()], (await LinesAsync(browser, "refusals")).Select(line => line.ToJsonString()));
    }

    [Fact]
    public async Task Neither_names_nor_addresses_nor_agents_lie_in_the_database_in_the_clear()
    {
        using (await SignInAsync("typed-the-password-here", "wrong", "127.0.20.3"))
        {
            // Somebody mistook the fields.
        }

        var log = await StrangersAsync();
        var text = await server.QueryAsync<string>("select string_agg(e::text, ' ') from accounts.access_events e");
        var audit = await server.QueryAsync<string>("select string_agg(e::text, ' ') from audit.events e");

        Assert.Contains(log, line => line["kind"]?.GetValue<string>() == "sign_in" && line["browser"]?.GetValue<string>() == "Firefox");
        Assert.All(log, line => Assert.Null(line["address"]));
        foreach (var secret in new[] { "typed-the-password-here", "127.0.20.3", "secret-of-the-agent", Hex("127.0.20.3"), Hex("typed-the-password-here") })
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, audit, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_wrong_password_at_a_name_in_other_letters_stands_in_its_owners_log()
    {
        var (email, _) = await server.PersonAsync();
        using (await SignInAsync(email.ToUpperInvariant(), "wrong", "127.0.20.4"))
        {
            // Refused.
        }

        var lines = await LinesAsync(await BrowserAsync(email, "127.0.20.5"), "refusals");
        Assert.Equal("127.0.20.4", Assert.Single(lines)["address"]?.GetValue<string>());
    }

    [Fact]
    public async Task Submissions_are_told_by_the_hour_and_one_by_one_when_asked()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var person = await server.SignedInAsync("collector", project);
        for (var sent = 0; sent < 3; sent++)
        {
            using var body = new StringContent(Village.Instance(Village.NewId()), Encoding.UTF8, "text/xml");
            using var stored = await person.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/submissions", body);
            Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync(Token));
        }

        var hours = (await LinesAsync(person, "data")).Where(line => KindOf(line) == "submission.create").ToList();
        var single = 0;
        foreach (var hour in hours)
        {
            Assert.True(hour["isHour"]!.GetValue<bool>()); // every line says
            var at = Uri.EscapeDataString(hour["at"]!.GetValue<string>()); // as above
            var lines = await person.GetAsync($"/api/account/access-log/hour?kind=submission.create&project={project}&at={at}");
            single += lines["items"]!.AsArray().Count; // a list has items
        }

        Assert.Equal(3, hours.Sum(hour => hour["count"]!.GetValue<int>())); // as above
        Assert.Equal(3, single);
        Assert.All(hours, hour => Assert.Equal(project, hour["project"]?.GetValue<long>()));
    }

    [Fact]
    public async Task Pages_lose_no_line_and_tell_none_twice()
    {
        var (email, _) = await server.PersonAsync();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            using var refused = await SignInAsync(email, "wrong", "127.0.20.6");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        var browser = await BrowserAsync(email, "127.0.20.7");
        var whole = (await LinesAsync(browser)).Select(line => line.ToJsonString()).ToList();
        var (paged, next) = (new List<string>(), "");
        do
        {
            var page = await browser.GetAsync($"/api/account/access-log?limit=2&before={next}");
            paged.AddRange(page["items"]!.AsArray().Select(line => line!.ToJsonString())); // a page has items
            next = page["next"]?.GetValue<string>() ?? "";
        }
        while (next.Length > 0);

        Assert.True(whole.Count >= 6);
        Assert.Equal(whole, paged);
        using var bad = await browser.SendAsync(HttpMethod.Get, "/api/account/access-log?before=yesterday");
        await bad.ShouldBeProblemAsync(400, "audit.bad_cursor");
    }

    [Fact]
    public async Task Administrators_see_the_log_of_a_member_without_addresses_and_others_see_nothing()
    {
        var (email, id) = await server.PersonAsync();
        await BrowserAsync(email, "127.0.20.8");
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var manager = await server.SignedInAsync("manager", project);

        var page = await admin.GetAsync($"/api/accounts/{id}/access-log");
        using var refused = await manager.SendAsync(HttpMethod.Get, $"/api/accounts/{id}/access-log");
        var strangers = await manager.GetAsync("/api/access-log/strangers");
        var (_, person) = await server.PersonAsync();
        using var denied = await (await server.ScriptAsync(person)).SendAsync(HttpMethod.Get, "/api/access-log/strangers");
        using var nobody = await server.CreateClient().GetAsync("/api/account/access-log", Token);

        var lines = page["items"]!.AsArray(); // a page has items
        Assert.Contains(lines, line => KindOf(line!) == "sign_in"); // no line is null
        Assert.All(lines, line => Assert.Null(line?["address"]));
        await refused.ShouldBeProblemAsync(404, "account.not_found");
        Assert.Equal("""{"items":[]}""", strangers.ToJsonString());
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Fact]
    public async Task A_new_password_and_a_phone_that_enrols_stand_in_the_log()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var phone = await server.PhoneAsync(admin, project);
        Assert.Single(await phone.ListFormsAsync());
        using var changed = await admin.SendAsync(
            HttpMethod.Put, $"/v1/users/{admin.AccountId}/password", new { old = Some.Password, @new = Some.OtherPassword });
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var back = await admin.SendAsync(
            HttpMethod.Put, $"/v1/users/{admin.AccountId}/password", new { old = Some.OtherPassword, @new = Some.Password });
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);

        var kinds = (await LinesAsync(admin)).Select(KindOf).ToList();
        Assert.Contains("app_user.create", kinds);
        Assert.Contains("app_user.first_use", kinds);
        Assert.Equal(2, (await LinesAsync(admin, "account")).Count(line => KindOf(line) == "account.password"));
    }

    [Fact]
    public async Task The_file_has_a_line_for_each_and_no_formulas()
    {
        var (email, _) = await server.PersonAsync();
        var browser = await BrowserAsync(email, "127.0.20.9");
        var lines = await LinesAsync(browser);
        using var file = await browser.SendAsync(HttpMethod.Get, "/api/account/access-log/file");
        var text = await file.Content.ReadAsStringAsync(Token);

        Assert.Equal("text/csv", file.Content.Headers.ContentType?.MediaType);
        Assert.Contains("access-log.csv", file.Content.Headers.ContentDisposition?.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("at,kind,success,reason,by,door,way,browser,system,address,place,project,subject,count\r\n", text);
        Assert.Equal(lines.Count + 1, text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("127.0.20.9", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n=", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_phone_whose_code_is_not_known_is_noted_once_a_minute()
    {
        var client = server.CreateClient("127.0.20.10");
        for (var asked = 0; asked < 3; asked++)
        {
            using var refused = await client.GetAsync("/v1/key/gone/projects/1/formList", Token);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        await server.Services.GetRequiredService<AccessBook>().FlushAsync(Token);
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from accounts.access_events where kind = 'token.refused' and way = 'app_user' and door = 'open_rosa'"));
    }

    [Fact]
    public async Task Attempts_at_a_name_are_told_from_when_it_was_taken_and_never_where_they_came_from()
    {
        var admin = await server.OrganisationAdminAsync();
        var (_, id) = await server.PersonAsync();
        var name = Some.Email("taken");
        Note();
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        using var renamed = await admin.SendAsync(HttpMethod.Patch, $"/v1/users/{id}", new { email = name });
        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        Note();

        var line = Assert.Single(await LinesAsync(await BrowserAsync(name, "127.0.20.11"), "refusals"));

        Assert.Equal("limited", line["reason"]?.GetValue<string>());
        Assert.Null(line["address"]);
        Assert.Null(line["place"]);

        void Note() => server.Services.GetRequiredService<AccessBook>().Note(
            new AccessEvent(AccessKinds.SignIn, false, Actor.Anonymous(Door.Web, "127.0.20.12")) { Name = name, Reason = "limited" });
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    private static string KindOf(JsonNode line) => line["kind"]!.GetValue<string>(); // every line has one

    private static async Task<List<JsonNode>> LinesAsync(Browser browser, string topic = "all") =>
        [.. (await browser.GetAsync($"/api/account/access-log?topic={topic}&limit=200"))["items"]!.AsArray().Select(line => line!)]; // a page has items, none null

    private async Task<List<JsonNode>> StrangersAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        return [.. (await admin.GetAsync("/api/access-log/strangers"))["items"]!.AsArray().Select(line => line!)]; // a list has items, none null
    }

    private async Task<Browser> BrowserAsync(string email, string from)
    {
        using var response = await SignInAsync(email, Some.Password, from);
        var browser = new Browser(server.CreateClient(from))
        {
            Cookie = response.Headers.GetValues("Set-Cookie")
                .Single(cookie => cookie.StartsWith("__Host-session=", StringComparison.Ordinal))
                .Split(';')[0]["__Host-session=".Length..],
        };
        browser.Keep(await browser.GetAsync("/api/session"));
        return browser;
    }

    private async Task<HttpResponseMessage> SignInAsync(string email, string password, string from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/session") { Content = JsonContent.Create(new { email, password }) };
        request.Headers.TryAddWithoutValidation("User-Agent", Firefox);
        return await server.CreateClient(from).SendAsync(request, Token);
    }
}
