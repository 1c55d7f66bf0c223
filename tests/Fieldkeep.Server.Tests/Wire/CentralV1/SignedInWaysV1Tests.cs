using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

/// <summary>Bearer token, Basic and cookie at every address for people; a cookie alone changes nothing.</summary>
public sealed class SignedInWaysV1Tests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Each address for people, with a body that it takes; {p} is a project, {u} a person, {a} an app user.</summary>
    public static TheoryData<string, string, string> Addresses => new()
    {
        { "GET", "/v1/users", "" },
        { "POST", "/v1/users", """{"email":"{new}"}""" },
        { "GET", "/v1/users/{u}", "" },
        { "PATCH", "/v1/users/{u}", """{"displayName":"x"}""" },
        { "DELETE", "/v1/users/{u}", "" },
        { "GET", "/v1/users/current", "" },
        { "POST", "/v1/users/reset/initiate?invalidate=true", """{"email":"{new}"}""" },
        { "GET", "/v1/assignments", "" },
        { "GET", "/v1/assignments/admin", "" },
        { "POST", "/v1/assignments/viewer/{u}", "" },
        { "GET", "/v1/projects/{p}/assignments", "" },
        { "GET", "/v1/projects/{p}/assignments/manager", "" },
        { "POST", "/v1/projects/{p}/assignments/viewer/{u}", "" },
        { "DELETE", "/v1/projects/{p}/assignments/formfill/{u}", "" },
        { "GET", "/v1/projects/{p}/assignments/forms", "" },
        { "GET", "/v1/projects/{p}/assignments/forms/app-user", "" },
        { "GET", "/v1/projects/{p}/forms/village/assignments", "" },
        { "GET", "/v1/projects/{p}/forms/village/assignments/app-user", "" },
        { "POST", "/v1/projects/{p}/forms/village/assignments/app-user/{a}", "" },
        { "GET", "/v1/projects/{p}/app-users/{a}", "" },
        { "PATCH", "/v1/projects/{p}/app-users/{a}", "{}" },
        { "PUT", "/v1/projects/{p}", """{"name":"x"}""" },
        { "PUT", "/v1/user-preferences/site/a", """{"propertyValue":1}""" },
        { "PUT", "/v1/user-preferences/project/{p}/a", """{"propertyValue":1}""" },
        { "GET", "/v1/audits?limit=1", "" },
        { "POST", "/v1/config/login-appearance", "{}" },
        { "DELETE", "/v1/config/login-appearance", "" },
    };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Every_address_takes_each_way_of_signing_in_and_a_cookie_only_with_its_token(string method, string path, string body)
    {
        var browser = await server.OrganisationAdminAsync();
        var (verb, project) = (new HttpMethod(method), await browser.ProjectAsync());
        await browser.UploadAsync(project, Village.Form());
        foreach (var way in (string[])["bearer", "basic", "cookie"])
        {
            var (at, content) = await FillAsync(browser, project, path, body);
            using var answer = way switch
            {
                "bearer" => await (await server.AdminScriptAsync()).SendAsync(verb, at, content),
                "basic" => await Script.WithPassword(server.CreateClient(), Actors.AdminEmail, Some.Password).SendAsync(verb, at, content),
                _ => await browser.SendAsync(verb, at, ContentOf(content)),
            };
            Assert.True(HttpStatusCode.OK == answer.StatusCode, $"{way}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Token)}");
        }

        var (bare, bareBody) = await FillAsync(browser, project, path, body);
        using var cookieOnly = await new Browser(server.CreateClient()) { Cookie = browser.Cookie }.SendAsync(verb, bare, ContentOf(bareBody));
        using var nobody = await new Browser(server.CreateClient()).SendAsync(verb, bare, ContentOf(bareBody));
        Assert.Equal(method == "GET" ? HttpStatusCode.OK : HttpStatusCode.Forbidden, cookieOnly.StatusCode);
        Assert.Equal(path == "/v1/users/current" ? HttpStatusCode.NotFound : HttpStatusCode.Unauthorized, nobody.StatusCode);
    }

    [Fact]
    public async Task A_phones_token_is_no_bearer_token()
    {
        var browser = await server.OrganisationAdminAsync();
        var (_, token) = await browser.AppUserAsync(await browser.ProjectAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/users");
        request.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", token);
        using var response = await server.CreateClient("127.0.3.1").SendAsync(request, Token);

        await response.ShouldBeCentralProblemAsync(401, 401.2m);
    }

    private async Task<(string Path, string? Body)> FillAsync(Browser browser, long project, string path, string body)
    {
        var (_, person) = await server.PersonAsync(path.Contains("formfill", StringComparison.Ordinal) ? "collector" : "", project);
        var appUser = path.Contains("{a}", StringComparison.Ordinal) ? (await browser.AppUserAsync(project)).Id : 0;
        var at = path.Replace("{p}", $"{project}", StringComparison.Ordinal)
            .Replace("{u}", $"{person}", StringComparison.Ordinal)
            .Replace("{a}", $"{appUser}", StringComparison.Ordinal);
        return (at, body.Length == 0 ? null : body.Replace("{new}", Some.Email("new"), StringComparison.Ordinal));
    }

    private static StringContent? ContentOf(string? body) => body is null ? null : new StringContent(body, null, "application/json");
}
