using System.Globalization;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Past;

/// <summary>Tells the state of a project at any instant, and holds it to what its own pages told then.</summary>
public sealed class StateAsOfTests(TestServer server) : IClassFixture<TestServer>
{
    private const int Steps = 40;

    private static readonly string[] States = ["open", "closing", "closed"];

    [Fact]
    public async Task At_every_moment_of_a_random_past_it_tells_what_the_pages_told_then()
    {
        var dice = new SurveyDice(20260301);
        var deployed = await Deployed.ArrangeAsync(server, 1);
        var (admin, project) = (deployed.Admin, deployed.Project);
        var people = new List<long>();
        for (var at = 0; at < 3; at++)
        {
            people.Add((await server.PersonAsync()).Id.Value);
            await server.JoinAsync(new Kernel.ActorId(people[at]), await admin.HomeAsync());
        }

        var told = new List<(DateTimeOffset At, string State)>();
        for (var step = 0; step < Steps; step++)
        {
            server.Clock.Advance(TimeSpan.FromMinutes(1));
            await ChangeSomethingAsync(dice, deployed, people);
            server.Clock.Advance(TimeSpan.FromMinutes(1));
            told.Add((server.Clock.GetUtcNow(), await PagesAsync(deployed)));
        }

        admin = await server.OrganisationAdminAsync();
        foreach (var (at, state) in told)
        {
            var past = await admin.GetAsync($"/api/projects/{project}/as-of?at={at.ToString("O", CultureInfo.InvariantCulture).Replace("+", "%2B", StringComparison.Ordinal)}");
            Assert.Equal(state, OfPast(past, people));
            Assert.Equal(0, (int?)past["unreadable"]);
        }

        Assert.True(told.Select(one => one.State).Distinct(StringComparer.Ordinal).Count() > Steps / 4, "The dice changed hardly anything.");
    }

    [Fact]
    public async Task A_moment_that_is_none_or_too_early_or_still_to_come_is_refused()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        foreach (var (at, status, code) in new[]
        {
            ("yesterday", 400, "past.moment_invalid"), ("2999-01-01", 400, "past.moment_invalid"), (new string('1', 5000), 400, "past.moment_invalid"),
            ("2001-01-01", 404, "past.too_early"),
        })
        {
            using var refused = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/as-of?at={at}");
            await refused.ShouldBeProblemAsync(status, code);
        }

        using var denied = await (await server.SignedInAsync("viewer", project)).SendAsync(HttpMethod.Get, $"/api/projects/{project}/as-of");
        await denied.ShouldBeProblemAsync(403, "access.denied");
        var today = server.Clock.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal(project, (long?)(await admin.GetAsync($"/api/projects/{project}"))["id"]);
        Assert.NotNull((await admin.GetAsync($"/api/projects/{project}/as-of?at={today}"))["project"]);
    }

    private static async Task ChangeSomethingAsync(SurveyDice dice, Deployed deployed, List<long> people)
    {
        var (admin, project, form) = (deployed.Admin, deployed.Project, deployed.Form);
        var person = people[dice.Next(people.Count)];
        using var done = dice.Next(6) switch
        {
            0 => await admin.SendAsync(HttpMethod.Patch, $"/api/projects/{project}", new { name = $"Name {dice.Next(5)}", archived = dice.Next(2) == 0 }),
            1 => await admin.SendAsync(HttpMethod.Patch, form, new { state = States[dice.Next(3)] }),
            2 => await admin.SendAsync(HttpMethod.Patch, deployed.Path, new { name = $"Deployment {dice.Next(5)}" }),
            3 => await admin.SendAsync(HttpMethod.Post, $"{deployed.Path}/{(dice.Next(2) == 0 ? "close" : "reopen")}"),
            4 => await admin.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/assignments/viewer/{person}"),
            _ => await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}/assignments/viewer/{person}"),
        };
    }

    private static async Task<string> PagesAsync(Deployed deployed)
    {
        var (admin, project) = (deployed.Admin, deployed.Project);
        var settings = await admin.GetAsync($"/api/projects/{project}");
        var form = await admin.GetAsync(deployed.Form);
        var deployment = await admin.GetAsync(deployed.Path);
        var viewers = (await admin.GetAsync($"/v1/projects/{project}/assignments/viewer")).AsArray().Select(one => (long?)one?["id"]).Order();
        return $"{settings["name"]} {settings["archived"]} {form["state"]} {deployment["name"]} {deployment["active"]} {string.Join(' ', viewers)}";
    }

    private static string OfPast(JsonNode past, List<long> people)
    {
        var (form, deployment) = (Deployed.Items(past, "forms")[0], Deployed.Items(past, "deployments")[0]);
        var viewers = Deployed.Items(past, "people").Select(one => (long?)one["id"]).Where(id => people.Contains(id ?? 0)).Order();
        return $"{past["project"]?["name"]} {past["project"]?["archived"]} {form["state"]} {deployment["name"]} {deployment["isActive"]} {string.Join(' ', viewers)}";
    }
}
