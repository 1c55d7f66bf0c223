using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.CentralV1;

public sealed class PreferencesV1Tests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task Preferences_are_kept_for_oneself_and_read_with_ones_account()
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var (person, _) = await server.ScriptOfAsync("viewer", project);
        var (other, _) = await server.ScriptOfAsync("viewer", project);
        await person.ShouldSucceedAsync(HttpMethod.Put, "/v1/user-preferences/site/projectSortMode", new { propertyValue = "alphabetical" });
        await person.ShouldSucceedAsync(HttpMethod.Put, "/v1/user-preferences/site/projectSortMode", new { propertyValue = "latest" });
        await person.ShouldSucceedAsync(HttpMethod.Put, $"/v1/user-preferences/project/{project}/collapsed", """{"propertyValue":{"a":[1,null]}}""");
        await person.ShouldSucceedAsync(HttpMethod.Put, "/v1/user-preferences/site/nothing", """{"propertyValue":null}""");

        Assert.Equal(
            """{"site":{"nothing":null,"projectSortMode":"latest"},"projects":{"#":{"collapsed":{"a":[1,null]}}}}""".Replace("#", $"{project}", StringComparison.Ordinal),
            (await person.GetAsync("/v1/users/current", isExtended: true))["preferences"]?.ToJsonString());
        Assert.Null((await person.GetAsync("/v1/users/current"))["preferences"]);
        Assert.Equal("""{"site":{},"projects":{}}""", (await other.GetAsync("/v1/users/current", isExtended: true))["preferences"]?.ToJsonString());
    }

    [Fact]
    public async Task A_removed_preference_is_gone_and_cannot_be_removed_again()
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var (person, _) = await server.ScriptOfAsync("viewer", project);
        foreach (var path in (string[])["/v1/user-preferences/site/a", $"/v1/user-preferences/project/{project}/a"])
        {
            await person.ShouldSucceedAsync(HttpMethod.Put, path, new { propertyValue = true });
            await person.ShouldSucceedAsync(HttpMethod.Delete, path);
            using var again = await person.SendAsync(HttpMethod.Delete, path);
            await again.ShouldBeCentralProblemAsync(404, 404.1m);
        }
    }

    [Theory]
    [InlineData("site/a", """{}""", 400, 400.23)]
    [InlineData("site/a", """{"propertyValue":1,"more":2}""", 400, 400.33)]
    [InlineData("site/a", """{"propertyValue":"a\u0000b"}""", 400, 400.8)]
    [InlineData("site/a", """7""", 400, 400.11)]
    [InlineData("site/a", """{"propertyValue":""", 400, 400.1)]
    [InlineData("project/99999999/a", """{"propertyValue":1}""", 404, 404.1)]
    public async Task What_cannot_be_a_preference_is_refused(string path, string body, int status, double code)
    {
        var admin = await server.AdminScriptAsync();
        using var response = await admin.SendAsync(HttpMethod.Put, $"/v1/user-preferences/{path}", body);

        await response.ShouldBeCentralProblemAsync(status, (decimal)code);
    }

    [Fact]
    public async Task A_preference_too_large_a_name_too_long_and_a_project_of_others_are_refused()
    {
        var project = await (await server.OrganisationAdminAsync()).ProjectAsync();
        var person = await server.ScriptAsync((await server.PersonAsync()).Id);
        using var large = await person.SendAsync(HttpMethod.Put, "/v1/user-preferences/site/a", new { propertyValue = new string('x', 20_000) });
        using var name = await person.SendAsync(HttpMethod.Put, $"/v1/user-preferences/site/{new string('n', 300)}", new { propertyValue = 1 });
        using var unseen = await person.SendAsync(HttpMethod.Put, $"/v1/user-preferences/project/{project}/a", new { propertyValue = 1 });

        await large.ShouldBeCentralProblemAsync(400, 400.13m);
        await name.ShouldBeCentralProblemAsync(400, 400.8m);
        await unseen.ShouldBeCentralProblemAsync(404, 404.1m);
    }
}
