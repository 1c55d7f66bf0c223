using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire;

/// <summary>Measure X3: a thousand wrong secrets at once at every door that takes one, while a phone at the same address goes on.</summary>
public sealed class WrongSecretsTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Guesses = 1000;
    private const int OfPassword = 5;
    private const int OfGuess = 10;
    private const int OfToken = 100;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly (string Door, int Budget)[] Doors =
    [
        ("web sign-in", OfPassword),
        ("/v1/sessions", OfPassword),
        ("Basic at /v1", OfPassword),
        ("Basic at formList", OfPassword),
        ("Basic at submission", OfPassword),
        ("Basic at HEAD submission", OfPassword),
        ("old password at its change", OfPassword),
        ("app user's token", OfToken),
        ("public link's token", OfToken),
        ("draft's test address", OfToken),
        ("bearer token", OfToken),
        ("export link's token", OfToken),
        ("letter that unlocks", OfGuess),
    ];

    [Fact]
    public async Task No_more_wrong_secrets_are_looked_at_than_the_budget_and_the_phone_goes_on()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var (_, token) = await admin.AppUserAsync(project);
        for (var number = 0; number < Doors.Length; number++)
        {
            var (door, budget) = Doors[number];
            var (email, id) = await server.PersonAsync("collector", project);

            // A thousand connections: given back before the next door is tried.
            using var client = server.CreateClient($"127.0.9.{number + 1}", isPlain: true, isHeld: false);
            var bearer = door == "old password at its change" ? await BearerAsync(client, email) : "";
            var phone = new CollectClient(client, token, project);
            var guesses = Enumerable.Range(0, Guesses)
                .Select(guess => StatusOfAsync(client, RequestOf(door, project, (email, id.Value, bearer), guess))).ToList();
            for (var sent = 0; sent < 3; sent++)
            {
                using var stored = await phone.SubmitAsync(Village.Instance(Village.NewId()));
                Assert.True(stored.StatusCode == HttpStatusCode.Created, $"{door}: the phone was answered {stored.StatusCode}.");
            }

            var answers = await Task.WhenAll(guesses);
            var looked = answers.Count(status => status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable));
            Assert.True(looked >= 1 && looked <= budget, $"{door}: {looked} were looked at, {budget} are the budget.");
            Assert.All(answers, status => Assert.InRange((int)status, 400, 503));
        }
    }

    private static async Task<string> BearerAsync(HttpClient client, string email)
    {
        using var session = await client.PostAsJsonAsync("/v1/sessions", new { email, password = Some.Password }, Token);
        return (await session.Content.ReadFromJsonAsync<JsonNode>(Token))?["token"]?.GetValue<string>() ?? "";
    }

    private static async Task<HttpStatusCode> StatusOfAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await client.SendAsync(request, Token);
            return response.StatusCode;
        }
    }

    private static HttpRequestMessage RequestOf(
        string door, long project, (string Email, long Id, string Bearer) person, int number)
    {
        var email = person.Email;
        var wrong = $"wrong-{number}-{new string('x', 30)}";
        return door switch
        {
            "web sign-in" => Post("/api/session", new { email, password = wrong }),
            "/v1/sessions" => Post("/v1/sessions", new { email, password = wrong }),
            "Basic at /v1" => Basic(HttpMethod.Get, "/v1/users/current", email, wrong),
            "Basic at formList" => Basic(HttpMethod.Get, $"/v1/projects/{project}/formList", email, wrong),
            "Basic at submission" => Basic(HttpMethod.Post, $"/v1/projects/{project}/submission", email, wrong),
            "Basic at HEAD submission" => Basic(HttpMethod.Head, $"/v1/projects/{project}/submission", email, wrong),
            "old password at its change" => new HttpRequestMessage(HttpMethod.Put, $"/v1/users/{person.Id}/password")
            {
                Content = JsonContent.Create(new { old = wrong, @new = Some.OtherPassword }),
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", person.Bearer) },
            },
            "app user's token" => new HttpRequestMessage(HttpMethod.Get, $"/v1/key/{wrong}/projects/{project}/formList"),
            "public link's token" => new HttpRequestMessage(HttpMethod.Get, $"/v1/projects/{project}/formList?st={wrong}"),
            "draft's test address" =>
                new HttpRequestMessage(HttpMethod.Get, $"/v1/test/{wrong}/projects/{project}/forms/village/draft/formList"),
            "bearer token" => new HttpRequestMessage(HttpMethod.Get, "/v1/users/current")
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", wrong) },
            },
            "export link's token" => new HttpRequestMessage(HttpMethod.Get, $"/api/export-links/{wrong}"),
            "letter that unlocks" => Post("/api/unlock", new { secret = wrong }),
            _ => throw new InvalidOperationException($"There is no door “{door}”."),
        };
    }

    private static HttpRequestMessage Post(string path, object body) =>
        new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };

    private static HttpRequestMessage Basic(HttpMethod method, string path, string email, string password) => new(method, path)
    {
        Headers =
        {
            Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{email}:{password}"))),
        },
    };
}
