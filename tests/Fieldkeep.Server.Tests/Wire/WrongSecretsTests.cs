using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Tests.Support;
using Xunit;
using static Fieldkeep.Server.Tests.Support.Guesses;

namespace Fieldkeep.Server.Tests.Wire;

/// <summary>Measure X3: a thousand wrong secrets at once through every door that takes one, while a phone at the same address goes on.</summary>
/// <remarks>Doors where the same secret is guessed are tried together, so they share one budget. docs/security/doors.md lists them all.</remarks>
public sealed class WrongSecretsTests(TestServer server) : IClassFixture<TestServer>
{
    private const int GuessesAtEachDoor = 1000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The doors; that of set-up is <see cref="WrongCodesTests"/>'.</summary>
    internal static IReadOnlyList<GuessedSecret> Secrets { get; } =
    [
        // First: its ticket is good for five minutes.
        new(
            "code of the second step",
            Tickets.MostTries,
            new("code", (stage, _) => Post("/api/session/factor", new { ticket = stage.Ticket, totp = stage.WithCode.Code })),
            new("recovery code", (stage, number) => Post("/api/session/factor", new { ticket = stage.Ticket, recoveryCode = $"AAAAA-{number:D5}" })))
        {
            UsedUp = "factor.ticket_refused",
        },
        new(
            "password",
            LimitSets.PerAccountAndAddress,
            new("web sign-in", (stage, number) => Post("/api/session", new { email = stage.Email, password = Wrong(number) })),
            new("/v1/sessions", (stage, number) => Post("/v1/sessions", new { email = stage.Email, password = Wrong(number) })),
            new("Basic at /v1", (stage, number) => Basic(HttpMethod.Get, "/v1/users/current", stage.Email, Wrong(number))),
            new("Basic at formList", (stage, number) => Basic(HttpMethod.Get, $"/v1/projects/{stage.Project}/formList", stage.Email, Wrong(number))),
            new("Basic at submission", (stage, number) => Basic(HttpMethod.Post, $"/v1/projects/{stage.Project}/submission", stage.Email, Wrong(number))),
            new("Basic at HEAD submission", (stage, number) => Basic(HttpMethod.Head, $"/v1/projects/{stage.Project}/submission", stage.Email, Wrong(number)))),
        new(
            "own password",
            LimitSets.PerAccountAndAddress,
            new(
                "old password at its change through /v1",
                (stage, number) => Put($"/v1/users/{stage.SignedIn.Browser.AccountId}/password", Change(number)).Bearing(stage.SignedIn.Bearer)),
            new(
                "password to change one's address through /v1",
                (stage, number) => new HttpRequestMessage(HttpMethod.Patch, $"/v1/users/{stage.SignedIn.Browser.AccountId}")
                {
                    Content = JsonContent.Create(new { email = "another@example.org", password = Wrong(number) }),
                }.Bearing(stage.SignedIn.Bearer)),
            new("old password at its change", (stage, number) => Put("/api/account/password", Change(number)).From(stage.SignedIn.Browser)),
            new(
                "password to confirm",
                (stage, number) => Post("/api/session/confirmation", new { password = Wrong(number) }).From(stage.SignedIn.Browser))),
        new(
            "code with the password",
            LimitSets.PerAccountAndAddress,
            new(
                "code at /v1/sessions",
                (stage, _) => Post("/v1/sessions", new { email = stage.WithCode.Email, password = Some.Password, totp = stage.WithCode.Code })),
            new(
                "code to confirm",
                (stage, _) => Post("/api/session/confirmation", new { password = Some.Password, totp = stage.WithCode.Code }).From(stage.WithCode.Browser))),
        new(
            "first code of an app",
            FactorTries.MostInADay,
            new SecretDoor(
                "activation",
                (stage, _) => Post("/api/account/factors/totp/activation", new { code = "000000" }).From(stage.SignedIn.Browser))),
        new(
            "passkey",
            LimitSets.PerAddress,
            new SecretDoor("passkey", (_, number) => Post("/api/session/passkey", new { passkey = new { ticket = Wrong(number), credential = new { } } }))),
        new(
            "letter that unlocks",
            LimitSets.PerGuesser,
            new SecretDoor("unlock", (_, number) => Post("/api/unlock", new { secret = Wrong(number) }))),
        new(
            "letter that stops a reset",
            LimitSets.PerGuesser,
            new SecretDoor("reset's cancellation", (_, number) => Post("/api/factor-resets/cancellation", new { token = SessionLike(number) }))),
        new(
            "letter that cancels a removal",
            LimitSets.PerGuesser,
            new SecretDoor("removal's cancellation", (_, number) => Post("/api/removals/cancellation", new { token = SessionLike(number) }))),
        new(
            "letter that sets a password",
            LimitSets.PerGuesser,
            new("password reset", (_, number) => Post("/api/password-resets/completion", new { token = SessionLike(number), password = Some.OtherPassword })),
            new(
                "password reset through /v1",
                (_, number) => Post("/v1/users/reset/verify", new { @new = Some.OtherPassword }).Bearing(SessionLike(number)))),
        new(
            "whether there is an account",
            LimitSets.PerGuesser,
            new("asking for a password reset", (_, number) => Post("/api/password-resets", new { email = $"nobody{number}@example.org" })),
            new(
                "asking for a password reset through /v1",
                (_, number) => Post("/v1/users/reset/initiate", new { email = $"nobody{number}@example.org" }))),
        new(
            "token",
            LimitSets.PerAddress,
            new("app user's token", (stage, number) => Get($"/v1/key/{Wrong(number)}/projects/{stage.Project}/formList")),
            new("public link's token", (stage, number) => Get($"/v1/projects/{stage.Project}/formList?st={Wrong(number)}")),
            new("public link's form", (_, number) => Get($"/v1/form-links/{Wrong(number)}/form")),
            new("draft's test address", (stage, number) => Get($"/v1/test/{Wrong(number)}/projects/{stage.Project}/forms/village/draft/formList")),
            new("bearer token", (_, number) => Get("/v1/users/current").Bearing(SessionLike(number))),
            new("API token as bearer", (_, number) => Get("/api/projects").Bearing(ApiToken(number))),
            new("API token at Basic", (stage, number) => Basic(HttpMethod.Get, "/v1/users/current", stage.Email, ApiToken(number))),
            new(
                "app password at Basic",
                (stage, number) => Basic(HttpMethod.Get, $"/v1/projects/{stage.Project}/formList", stage.Email, AppPassword(number))),
            new("API token at /v1/sessions", (stage, number) => Post("/v1/sessions", new { email = stage.Email, password = ApiToken(number) })),
            new("app password at /v1/sessions", (stage, number) => Post("/v1/sessions", new { email = stage.Email, password = AppPassword(number) })),
            new("export link's token", (_, number) => Get($"/api/export-links/{Wrong(number)}")),
            new("invitation", (_, number) => Post("/api/invitations/reading", new { token = SessionLike(number) })),
            new(
                "invitation's acceptance",
                (_, number) => Post("/api/invitations/acceptance", new { token = SessionLike(number), name = "Someone", password = Some.OtherPassword }))),
        new(
            "passphrase",
            LimitSets.PerGuesser,
            new(
                "passphrase",
                (stage, number) => Post(
                    $"/api/projects/{stage.Village.Project}/forms/village/exports",
                    new { format = "json", passphrases = PassphraseOf(stage, number) }).From(stage.Village.Browser)),
            new(
                "passphrase through /v1",
                (stage, number) => Post(EncryptedVillage.PathOf(stage.Village.Project), PassphraseOf(stage, number)).From(stage.Village.Browser))),
    ];

    [Fact]
    public async Task No_more_wrong_secrets_are_looked_at_than_the_budget_and_the_phone_goes_on()
    {
        var (stage, token) = await PrepareAsync();
        for (var number = 0; number < Secrets.Count; number++)
        {
            var (secret, address) = (Secrets[number], $"127.0.9.{number + 1}");
            using var guesser = server.CreateClient(address, isHeld: false);
            using var client = server.CreateClient(address, isHeld: false);
            var phone = new CollectClient(client, token, stage.Project);
            var guesses = secret.Doors.ToDictionary(
                door => door.Name,
                door => Enumerable.Range(0, GuessesAtEachDoor).Select(guess => AnswerAsync(guesser, door.Guess(stage, guess))).ToList(),
                StringComparer.Ordinal);
            for (var sent = 0; sent < 3; sent++)
            {
                using var stored = await phone.SubmitAsync(Village.Instance(Village.NewId()));
                Assert.True(stored.StatusCode == HttpStatusCode.Created, $"{secret.Name}: the phone was answered {stored.StatusCode}.");
            }

            var looked = new List<string>();
            foreach (var (door, answers) in guesses)
            {
                foreach (var (status, text) in await Task.WhenAll(answers))
                {
                    Assert.True((int)status is 200 or 204 or (>= 400 and < 500) or 503, $"{door}: answered {status} {text}");
                    if (IsLook(secret, status, text))
                    {
                        looked.Add($"{door}: {(int)status} {text}");
                    }
                }
            }

            Assert.True(
                looked.Count >= 1 && looked.Count <= secret.Most,
                $"{secret.Name}: {looked.Count} were looked at, {secret.Most} are the budget:\n{string.Join('\n', looked.Take(40))}");
        }
    }

    private static bool IsLook(GuessedSecret secret, HttpStatusCode status, string text) =>
        status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
        && (secret.UsedUp is not { } code || !text.Contains(code, StringComparison.Ordinal));

    private static HttpRequestMessage Put(string path, object body) => new(HttpMethod.Put, path) { Content = JsonContent.Create(body) };

    private static object Change(int number) => new { old = Wrong(number), @new = Some.OtherPassword };

    // Of the shape of our own tokens: 43 characters.
    private static string SessionLike(int number) => number.ToString("D43");

    private static Dictionary<string, string> PassphraseOf(GuessStage stage, int number) =>
        new() { [$"{stage.Village.Key}"] = $"seven wet goats {number}" };

    // Many at once over few connections.
    private static async Task<(HttpStatusCode Status, string Text)> AnswerAsync(HttpClient client, HttpRequestMessage request)
    {
        using (request)
        {
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
            using var response = await client.SendAsync(request, Token);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(Token));
        }
    }

    private async Task<(GuessStage Stage, string PhoneToken)> PrepareAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var (_, phone) = await admin.AppUserAsync(project);
        var (email, _) = await server.PersonAsync("collector", project);

        var signedIn = await server.SignedInAsync("collector", project);
        await signedIn.PostAsync("/api/account/factors/totp", new { });
        using var session = await server.CreateClient("127.0.8.1").PostAsJsonAsync(
            "/v1/sessions", new { email = await EmailOfAsync(signedIn), password = Some.Password }, Token);
        var bearer = (await session.Content.ReadFromJsonAsync<JsonNode>(Token))?["token"]?.GetValue<string>() ?? "";

        var withCode = await server.SignedInAsync("", 0);
        var (app, _) = await AuthenticatorApp.SetUpAsync(withCode, server.Clock);
        var another = await server.SignedInAsync("", 0);
        await AuthenticatorApp.SetUpAsync(another, server.Clock);
        var challenge = await new Browser(server.CreateClient("127.0.8.2")).PostAsync(
            "/api/session", new { email = await EmailOfAsync(another), password = Some.Password });

        var (owner, encrypted, _) = await server.EncryptedVillageAsync();
        var key = await EncryptedVillage.EnableAsync(owner, encrypted);
        var stage = new GuessStage(
            project,
            email,
            (signedIn, bearer),
            (await EmailOfAsync(withCode), withCode, app.WrongCode()),
            challenge["ticket"]?.GetValue<string>() ?? "",
            (owner, encrypted, key));
        return (stage, phone);
    }

    private static async Task<string> EmailOfAsync(Browser browser) =>
        (await browser.GetAsync("/api/session"))["account"]?["email"]?.GetValue<string>() ?? "";
}
