using System.Globalization;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Past;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Past;

/// <summary>Tells how a unit was made up on a day, and a project to whoever has the data directory alone.</summary>
public sealed class UnitAsOfTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_units_members_and_rules_are_those_of_the_moment()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync(), name: "North");
        var team = await admin.UnitAsync(branch, "team", "First team");
        var (_, person) = await server.PersonAsync();
        await server.JoinAsync(person, team);
        var early = Later();
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/units/{branch}", new { name = "South" });
        await ChangeAsync(admin, HttpMethod.Delete, $"/api/units/{team}");
        await ChangeAsync(admin, HttpMethod.Put, $"/api/units/{branch}/security", new { secondFactorForEveryone = true });
        var late = Later();
        admin = await server.OrganisationAdminAsync();

        var before = await admin.GetAsync($"/api/units/{branch}/as-of?at={early}");
        var after = await admin.GetAsync($"/api/units/{branch}/as-of?at={late}");

        Assert.Equal(["North", "First team"], Deployed.Items(before, "units").Select(unit => Text(unit, "name")));
        Assert.Equal(person.Value, (long?)Deployed.Items(Deployed.Items(before, "units")[1], "members")[0]["id"]);
        var left = Assert.Single(Deployed.Items(after, "units"));
        Assert.Equal(("South", true), (Text(left, "name"), (bool?)left["secondFactorForEveryone"]));
        Assert.Equal(false, (bool?)Deployed.Items(before, "units")[0]["secondFactorForEveryone"]);
        Assert.NotEmpty(Deployed.Items(after, "people"));
        Assert.Equal(0, (int?)after["unreadable"]);
    }

    [Fact]
    public async Task A_moment_before_it_was_there_and_a_stranger_are_refused()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        using var early = await admin.SendAsync(HttpMethod.Get, $"/api/units/{home}/as-of?at=2001-01-01");
        await early.ShouldBeProblemAsync(404, "past.unit_absent");
        using var wrong = await admin.SendAsync(HttpMethod.Get, $"/api/units/{home}/as-of?at=never");
        await wrong.ShouldBeProblemAsync(400, "past.moment_invalid");
        var (email, person) = await server.PersonAsync();
        await server.JoinAsync(person, home);
        var member = new Browser(server.CreateClient("127.0.41.1"));
        await member.SignInAsync(email, Some.Password);
        using var denied = await member.SendAsync(HttpMethod.Get, $"/api/units/{home}/as-of");
        await denied.ShouldBeProblemAsync(403, "access.denied");
    }

    [Fact]
    public async Task Whoever_has_the_data_directory_reads_the_same_without_a_server()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync("Wells");
        await admin.UploadAsync(project, Village.Form());
        var at = Later();
        await ChangeAsync(admin, HttpMethod.Patch, $"/api/projects/{project}", new { name = "Rivers" });
        admin = await server.OrganisationAdminAsync();
        var shown = await admin.GetAsync($"/api/projects/{project}/as-of?at={at}");

        var read = await ReadAsync(project, Uri.UnescapeDataString(at));

        Assert.Equal(("Wells", Village.FormId), (read.State.Project.Name, Assert.Single(read.State.Forms).XmlFormId));
        Assert.Equal(Text(shown["project"], "name"), read.State.Project.Name);
        Assert.Equal(
            Deployed.Items(shown, "people").Select(one => (long?)one["id"]).Order(), read.State.People.Select(row => (long?)row.Actor.Value).Distinct().Order());
        Assert.All(read.State.People, row => Assert.NotEqual("", read.Names.GetValueOrDefault(row.Actor.Value, "")));
        Assert.Equal("Rivers", (await ReadAsync(project, null)).State.Project.Name);
        foreach (var (number, moment, code) in new[] { (project, "2001-01-01", "past.too_early"), (999_999L, null, "access.not_found"), (project, "soon", "past.moment_invalid") })
        {
            Assert.Equal(code, (await Assert.ThrowsAsync<Kernel.ProblemException>(() => ReadAsync(number, moment))).Code);
        }
    }

    private Task<ReadState> ReadAsync(long project, string? at) =>
        ReadPast.RunAsync(server.ConnectionString, server.Services.GetRequiredService<Keyring>(), project, at, server.Clock, Token);

    private string Later()
    {
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        var now = server.Clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        return Uri.EscapeDataString(now);
    }

    private static async Task ChangeAsync(Browser who, HttpMethod method, string path, object? body = null)
    {
        using var response = body is null ? await who.SendAsync(method, path) : await who.SendAsync(method, path, body);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    private static string Text(JsonNode? node, string member) => node?[member]?.ToString() ?? "";
}
