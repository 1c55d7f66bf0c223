using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

public sealed class ReachTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task An_explanation_names_the_roles_with_who_gave_them_and_the_way_they_come()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var team = await admin.UnitAsync(branch, "team");
        var project = await admin.ProjectOfAsync(branch);
        var person = await server.JoinedAsync(admin, team);
        var other = await server.JoinedAsync(admin, await admin.UnitAsync(home));
        using var given = await admin.GiveAsync("viewer", $"project:{project}", unit: branch);

        var why = await admin.GetAsync($"/api/access/explanations?person={person.AccountId}&place=project:{project}&permission=submissionRead");
        var reason = Assert.Single(why["because"]!.AsArray())!; // it has a list
        Assert.True((bool)why["allowed"]!); // as above
        Assert.Equal(
            ("viewer", branch, team, admin.AccountId),
            ((string)reason["role"]!, (long)reason["through"]!["id"]!, (long)reason["memberOf"]![0]!["id"]!, (long)reason["givenBy"]!["id"]!)); // a reason has them
        var not = await admin.GetAsync($"/api/access/explanations?person={person.AccountId}&place=project:{project}&permission=submissionUpdate");
        Assert.Equal((false, true, 0), ((bool)not["allowed"]!, (bool)not["visible"]!, not["because"]!.AsArray().Count)); // as above
        var own = await person.GetAsync($"/api/access/explanations?person={person.AccountId}&place=project:{project}&permission=submissionRead");
        Assert.True((bool)own["allowed"]!); // as above
        foreach (var (who, about, place, status, code) in new (Browser, long, string, int, string)[]
        {
            (person, other.AccountId, $"project:{project}", 403, "access.denied"),
            (other, person.AccountId, $"project:{project}", 404, "access.not_found"),
            (other, other.AccountId, $"project:{project}", 404, "access.not_found"),
            (admin, 99999999, $"project:{project}", 404, "member.not_found"),
            (admin, person.AccountId, "project:99999999", 404, "access.not_found"),
            (admin, person.AccountId, "project", 400, "place.invalid"),
            (admin, person.AccountId, $"project:{project}&permission=fly", 400, "permission.unknown"),
        })
        {
            using var refused = await who.SendAsync(HttpMethod.Get, $"/api/access/explanations?person={about}&place={(place.Contains('&', StringComparison.Ordinal) ? place : place + "&permission=submissionRead")}");
            await refused.ShouldBeProblemAsync(status, code);
        }
    }

    [Fact]
    public async Task The_changes_of_a_projects_rights_are_told_newest_first_in_pages()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var project = await admin.ProjectOfAsync(branch);
        var person = await server.JoinedAsync(admin, branch);
        using var given = await admin.GiveAsync("viewer", $"project:{project}", unit: branch);
        await server.JoinedAsync(admin, branch);
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{branch}/members/{person.AccountId}");

        var told = new List<string>();
        for (string? before = null; ;)
        {
            var page = await admin.GetAsync($"/api/projects/{project}/access-changes?limit=2{(before is null ? "" : $"&before={Uri.EscapeDataString(before)}")}");
            told.AddRange(page["items"]!.AsArray().Select(one => (string)one!["what"]!)); // changes have a word
            before = (string?)page["next"];
            if (before is null)
            {
                break;
            }
        }

        Assert.Equal(["left", "joined", "given", "moved"], told.Take(4));
        using var bad = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/access-changes?before=x");
        await bad.ShouldBeProblemAsync(400, "audit.bad_cursor");
        using var unread = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}/people?at=yesterday");
        await unread.ShouldBeProblemAsync(400, "place.at_invalid");
    }
}
