using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
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

    public static TheoryData<string, int> Doors => new()
    {
        { "web sign-in", OfPassword },
        { "/v1/sessions", OfPassword },
        { "Basic at /v1", OfPassword },
        { "Basic at formList", OfPassword },
        { "Basic at submission", OfPassword },
        { "Basic at HEAD submission", OfPassword },
        { "old password at its change", OfPassword },
        { "app user's token", OfToken },
        { "public link's token", OfToken },
        { "draft's test address", OfToken },
        { "bearer token", OfToken },
        { "export link's token", OfToken },
        { "letter that unlocks", OfGuess },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task No_more_wrong_secrets_are_looked_at_than_the_budget_and_the_phone_goes_on(string door, int budget)
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var (_, token) = await admin.AppUserAsync(project);
        var (email, id) = await server.PersonAsync("collector", project);
        var script = await server.ScriptAsync(id);
        var from = $"127.0.9.{1 + Array.FindIndex([.. Doors], row => row.Data.Item1 == door)}";
        var client = server.CreateClient(from, isPlain: true, isHeld: false);
        var phone = new CollectClient(client, token, project);

        var guesses = Enumerable.Range(0, Guesses)
            .Select(number => GuessAsync(number)).ToList();
        for (var sent = 0; sent < 5; sent++)
        {
            using var stored = await phone.SubmitAsync(Village.Instance(Village.NewId()));
            Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        }

        var answers = await Task.WhenAll(guesses);
        var looked = answers.Where(status => status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)).ToList();

        Assert.InRange(looked.Count, 1, budget);
        Assert.All(looked, status => Assert.InRange((int)status, 400, 404));
        using var after = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        Assert.Equal(HttpStatusCode.Created, after.StatusCode);

        async Task<HttpStatusCode> GuessAsync(int number)
        {
            if (door == "old password at its change")
            {
                using var changed = await script.SendAsync(
                    HttpMethod.Put, $"/v1/users/{id}/password", new { old = $"wrong {number}", @new = Some.OtherPassword });
                return changed.StatusCode;
            }

            using var request = RequestOf(door, project, email, number);
            using var response = await client.SendAsync(request, Token);
            return response.StatusCode;
        }
    }

    private static HttpRequestMessage RequestOf(string door, long project, string email, int number)
    {
        var wrong = $"wrong-{number}-{new string('x', 30)}";
        return door switch
        {
            "web sign-in" => Post("/api/session", new { email, password = wrong }),
            "/v1/sessions" => Post("/v1/sessions", new { email, password = wrong }),
            "Basic at /v1" => Basic(HttpMethod.Get, "/v1/users/current", email, wrong),
            "Basic at formList" => Basic(HttpMethod.Get, $"/v1/projects/{project}/formList", email, wrong),
            "Basic at submission" => Basic(HttpMethod.Post, $"/v1/projects/{project}/submission", email, wrong),
            "Basic at HEAD submission" => Basic(HttpMethod.Head, $"/v1/projects/{project}/submission", email, wrong),
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
