using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>
/// What lets others in, or destroys, is asked of whoever sits at a page once more after ten minutes: at <c>/v1</c> as at <c>/api</c>, for it is
/// the cookie that a stolen browser has. Programs that bring a token are not asked.
/// </summary>
public sealed class StepUpTests(TestServer server) : IClassFixture<TestServer>
{
    private const string Asked = "Confirm that it is you";

    private static readonly string[] Read = ["read"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_is_asked_again_at_every_door_and_a_program_is_not()
    {
        var at = await Deployed.ArrangeAsync(server, 1);
        var (admin, project) = (at.Admin, at.Project);
        var home = await admin.HomeAsync();
        var (_, person) = await server.PersonAsync();
        await server.JoinAsync(person, home);
        var program = await ProgramAsync();
        var acts = Acts(project, at.Id, home, person.Value).ToList();
        server.Clock.Advance(Policy.ConfirmationLasts + TimeSpan.FromSeconds(1));

        var unasked = new List<string>();
        foreach (var (method, path, body) in acts)
        {
            using var response = await admin.SendAsync(new HttpMethod(method), path, Content(body));
            var text = await response.Content.ReadAsStringAsync(Token);
            if ((int)response.StatusCode != 403 || !text.Contains(Asked, StringComparison.Ordinal))
            {
                unasked.Add($"{method} {path}: {(int)response.StatusCode} {text}");
            }
        }

        Assert.True(unasked.Count == 0, string.Join('\n', unasked));
        var asked = new List<string>();
        foreach (var (method, path, body) in acts)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = Content(body) };
            using var response = await program.SendAsync(request, Token);
            var text = await response.Content.ReadAsStringAsync(Token);
            if (text.Contains(Asked, StringComparison.Ordinal) || (int)response.StatusCode is 401 or 403)
            {
                asked.Add($"{method} {path}: {(int)response.StatusCode} {text}");
            }
        }

        Assert.True(asked.Count == 0, string.Join('\n', asked));
    }

    [Fact]
    public async Task What_opens_an_account_is_asked_of_programs_too()
    {
        await server.OrganisationAdminAsync();
        var program = await ProgramAsync();
        server.Clock.Advance(Policy.ConfirmationLasts + TimeSpan.FromSeconds(1));

        using var token = await program.PostAsJsonAsync("/api/account/tokens", new { name = "Mine", scopes = Read }, Token);
        using var totp = await program.PostAsync(new Uri("/api/account/factors/totp", UriKind.Relative), null, Token);

        await token.ShouldBeProblemAsync(403, "session.confirmation_needed");
        await totp.ShouldBeProblemAsync(403, "session.confirmation_needed");
    }

    // What ends something comes last.
    private static IEnumerable<(string Method, string Path, object? Body)> Acts(long project, long deployment, long home, long person)
    {
        var form = $"projects/{project}/forms/{Village.FormId}";
        foreach (var door in new[] { "/api", "/v1" })
        {
            yield return ("POST", $"{door}/projects/{project}/app-users", new { displayName = "Phone" });
            yield return ("POST", $"{door}/{form}/public-links", new { displayName = "Link" });
        }

        yield return ("POST", $"/api/{form}/saved-exports/{Guid.Empty}/links", new { days = 1 });
        yield return ("POST", "/api/access/grants", new { person, role = "manager", place = $"project:{project}" });
        yield return ("POST", $"/api/{form}/limited-roles", new { subjectKind = "actor", subjectId = person, role = "manager", isOwn = true });
        yield return ("POST", $"/api/{form}/deployments/{deployment}/people", new { role = "deployment-admin", subjectKind = "actor", subjectId = person });
        yield return ("POST", $"/api/units/{home}/roles", new { name = Some.Name("role"), permissions = new[] { "projectRead" } });
        yield return ("POST", "/api/organisations", new { name = Some.Name("organisation"), adminEmail = Some.Email() });
        yield return ("PATCH", $"/api/units/{home}", new { parent = home });
        yield return ("POST", $"/api/units/{home}/invitations", new { uses = 1 });
        yield return ("POST", $"/api/units/{home}/members/import", "email,name,unit,role\n");
        yield return ("POST", $"/v1/projects/{project}/assignments/manager/{person}", null);
        yield return ("DELETE", $"/v1/projects/{project}/assignments/manager/{person}", null);
        yield return ("POST", $"/v1/assignments/admin/{person}", null);
        yield return ("DELETE", $"/v1/assignments/admin/{person}", null);
        yield return ("DELETE", $"/v1/users/{person}", null);
        yield return ("DELETE", $"/api/{form}", null);
        yield return ("DELETE", $"/v1/{form}", null);
        yield return ("DELETE", $"/v1/projects/{project}", null);
        yield return ("DELETE", $"/api/projects/{project}", null);
    }

    private static HttpContent? Content(object? body) => body switch
    {
        null => null,
        string csv => new StringContent(csv, Encoding.UTF8, "text/csv"),
        _ => JsonContent.Create(body),
    };

    private async Task<HttpClient> ProgramAsync()
    {
        var client = server.CreateClient();
        using var signedIn = await client.PostAsJsonAsync("/v1/sessions", new { email = Actors.AdminEmail, password = Some.Password }, Token);
        var session = await signedIn.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonNode>(Token);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session.Text("token"));
        return client;
    }
}
