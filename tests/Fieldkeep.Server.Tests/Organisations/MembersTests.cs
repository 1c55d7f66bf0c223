using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

public sealed class MembersTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Inviting = ["unitRead", "memberList", "memberUpdate"];

    [Fact]
    public async Task A_unit_lists_its_people_with_what_they_hold_there_and_from_above()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var team = await admin.UnitAsync(branch, "team");
        var project = await admin.ProjectOfAsync(branch);
        var person = await server.JoinedAsync(admin, team, "viewer");
        await server.JoinedAsync(admin, await admin.UnitAsync(home));
        using var given = await admin.GiveAsync("manager", $"project:{project}", unit: team);
        using var above = await admin.GiveAsync("collector", $"unit:{home}", person.AccountId);
        using var inherited = await admin.SendAsync(HttpMethod.Get, $"/api/units/{branch}/members?q=a+person");

        var page = await admin.GetAsync($"/api/units/{branch}/members");
        var one = page["items"]!.AsArray().Single()!; // a page has items
        Assert.Equal((person.AccountId, 1), ((long)one["id"]!, (int)page["all"]!)); // as above
        Assert.Equal([team], one["units"]!.AsArray().Select(unit => (long)unit!["id"]!)); // units have numbers
        Assert.Equal(
            [("collector", true, false), ("manager", false, true), ("viewer", false, false)],
            one["roles"]!.AsArray().Select(role => ((string)role!["role"]!, (bool)role["isInherited"]!, role["through"] is not null)).Order()); // roles have them
        Assert.NotNull((string?)one["lastSeen"]);
        Assert.Empty((await admin.GetAsync($"/api/units/{branch}/members?q=nobody+at+all"))["items"]!.AsArray()); // as above
    }

    [Fact]
    public async Task A_role_at_a_form_names_the_form_to_who_may_list_it_and_to_nobody_else()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var project = await admin.ProjectOfAsync(branch);
        await admin.UploadAsync(project, Village.Form());
        var (form, title) = (
            await server.QueryAsync<long>("select id from forms.forms where project_id = @project", new { project }),
            (string?)(await admin.GetAsync($"/api/projects/{project}/forms"))["items"]?[0]?["title"]);
        var person = await server.JoinedAsync(admin, branch);
        using var given = await admin.GiveAsync("viewer", $"form:{form}", person.AccountId);
        given.EnsureSuccessStatusCode();
        var role = (string?)(await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("inviter"), permissions = Inviting }))["role"];
        var inviter = await server.JoinedAsync(admin, branch, role);

        async Task<string?> NameAsync(Browser reader) =>
            (string?)(await reader.GetAsync($"/api/units/{branch}/members/{person.AccountId}"))["roles"]?.AsArray()
                .Single(one => (string?)one?["role"] == "viewer")?["place"]?["name"];
        Assert.Equal(title, await NameAsync(admin));
        Assert.Equal("", await NameAsync(inviter));
    }

    [Fact]
    public async Task People_come_in_pages_by_name()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        for (var count = 0; count < 5; count++)
        {
            await server.JoinedAsync(admin, branch);
        }

        var seen = new List<long>();
        for (long? after = null; ;)
        {
            var page = await admin.GetAsync($"/api/units/{branch}/members?limit=2{(after is null ? "" : $"&after={after}")}");
            seen.AddRange(page.Ids());
            after = (long?)page["next"];
            if (after is null)
            {
                break;
            }
        }

        Assert.Equal(5, seen.Distinct().Count());
        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public async Task Removal_says_what_ends_and_ends_it_on_the_next_request()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var team = await admin.UnitAsync(branch, "team");
        var project = await admin.ProjectOfAsync(branch);
        var person = await server.JoinedAsync(admin, team, "viewer");
        using var given = await admin.GiveAsync("manager", $"project:{project}", person.AccountId);
        var script = await server.ScriptAsync(new ActorId(person.AccountId));
        var (_, phone) = await person.AppUserAsync(project);

        var preview = await admin.GetAsync($"/api/units/{branch}/members/{person.AccountId}/removal");
        Assert.Equal((true, 2, 1, 2), ((bool)preview["endsSessions"]!, (int)preview["sessions"]!, (int)preview["appUsers"]!, preview["roles"]!.AsArray().Count)); // it has them
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{branch}/members/{person.AccountId}");
        gone.EnsureSuccessStatusCode();
        using var page = await person.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        await page.ShouldBeProblemAsync(401, "session.none");
        using var program = await script.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");
        await program.ShouldBeCentralProblemAsync(401, 401.2m);
        using var client = server.CreateClient();
        using var forms = await client.GetAsync($"/v1/key/{phone}/projects/{project}/formList", TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)forms.StatusCode);
        using var twice = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{branch}/members/{person.AccountId}");
        await twice.ShouldBeProblemAsync(404, "member.not_found");
    }

    [Fact]
    public async Task Whoever_is_removed_does_not_come_back_with_a_unit_from_the_trash()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var team = await admin.UnitAsync(branch, "team");
        var project = await admin.ProjectOfAsync(team);
        var person = await server.JoinedAsync(admin, team, "viewer");
        using var above = await admin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/members", new { person = person.AccountId });
        using var given = await admin.GiveAsync("manager", $"project:{project}", person.AccountId);
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{team}");
        Assert.True(above.IsSuccessStatusCode && given.IsSuccessStatusCode && trashed.IsSuccessStatusCode);

        var preview = await admin.GetAsync($"/api/units/{branch}/members/{person.AccountId}/removal");
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{branch}/members/{person.AccountId}");
        gone.EnsureSuccessStatusCode();
        using var page = await person.SendAsync(HttpMethod.Get, "/api/session");
        using var back = await admin.SendAsync(HttpMethod.Post, $"/api/units/{team}/restoration");
        back.EnsureSuccessStatusCode();
        var script = await server.ScriptAsync(new ActorId(person.AccountId));
        using var lost = await script.SendAsync(HttpMethod.Get, $"/v1/projects/{project}");

        Assert.Equal((true, 2, 2), ((bool)preview["endsSessions"]!, preview["roles"]!.AsArray().Count, preview["units"]!.AsArray().Count)); // it has them
        await page.ShouldBeProblemAsync(401, "session.none");
        await lost.ShouldBeCentralProblemAsync(404, 404.1m);
        Assert.DoesNotContain(person.AccountId, (await admin.GetAsync($"/api/units/{team}/members")).Ids());
    }

    [Fact]
    public async Task Whoever_has_something_in_the_trash_elsewhere_alone_has_nothing_left()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (north, south) = (await admin.UnitAsync(home), await admin.UnitAsync(home));
        var person = await server.JoinedAsync(admin, north, "viewer");
        using var added = await admin.SendAsync(HttpMethod.Post, $"/api/units/{south}/members", new { person = person.AccountId });
        using var given = await admin.GiveAsync("viewer", $"unit:{south}", person.AccountId);
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{south}");
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{north}/members/{person.AccountId}");
        Assert.True(added.IsSuccessStatusCode && given.IsSuccessStatusCode && trashed.IsSuccessStatusCode && gone.IsSuccessStatusCode);

        using var page = await person.SendAsync(HttpMethod.Get, "/api/session");
        await page.ShouldBeProblemAsync(401, "session.none");
    }

    [Fact]
    public async Task Who_has_something_left_elsewhere_stays_signed_in_without_what_was_taken()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (north, south) = (await admin.UnitAsync(home), await admin.UnitAsync(home));
        var (northern, southern) = (await admin.ProjectOfAsync(north), await admin.ProjectOfAsync(south));
        var person = await server.JoinedAsync(admin, north, "viewer");
        using var added = await admin.SendAsync(HttpMethod.Post, $"/api/units/{south}/members", new { person = person.AccountId });
        using var given = await admin.GiveAsync("viewer", $"project:{southern}", unit: south);
        await person.GetAsync($"/api/projects/{northern}");
        await person.GetAsync($"/api/projects/{southern}");
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{north}/members/{person.AccountId}");
        using var lost = await person.SendAsync(HttpMethod.Get, $"/api/projects/{northern}");
        await lost.ShouldBeProblemAsync(404, "access.not_found");
        await person.GetAsync($"/api/projects/{southern}");
    }

    [Fact]
    public async Task Whoever_is_removed_while_their_request_is_on_its_way_is_refused()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (north, south) = (await admin.UnitAsync(home), await admin.UnitAsync(home));
        var person = await server.JoinedAsync(admin, north, "admin");
        using var kept = await admin.SendAsync(HttpMethod.Post, $"/api/units/{south}/members", new { person = person.AccountId });
        var body = new HalfSent($$"""{"parent":{{north}},"kind":"team","name":"Late"}""");
        var request = person.SendAsync(HttpMethod.Post, "/api/units", body);
        await body.HalfIsSent;
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{north}/members/{person.AccountId}");
        gone.EnsureSuccessStatusCode();
        body.Finish();

        using var refused = await request;
        await refused.ShouldBeProblemAsync(403, "access.denied");
        Assert.Empty((await admin.GetAsync($"/api/units/{north}"))["units"]!.AsArray()); // a chart has units
    }

    [Fact]
    public async Task The_last_administrator_cannot_leave_not_even_when_two_leave_at_once()
    {
        var admin = await server.OrganisationAdminAsync();
        var (first, unit) = await server.OrganisationAsync(admin);
        using var alone = await first.SendAsync(HttpMethod.Delete, $"/api/units/{unit}/members/{first.AccountId}");
        await alone.ShouldBeProblemAsync(409, "account.last_administrator");
        using var ending = await first.GiveAsync("admin", $"unit:{unit}", first.AccountId, expiresAt: server.Clock.GetUtcNow().AddDays(1));
        await ending.ShouldBeProblemAsync(409, "account.last_administrator");
        var second = await server.JoinedAsync(first, unit, "admin");
        var answers = await Task.WhenAll(
            first.SendAsync(HttpMethod.Delete, $"/api/units/{unit}/members/{first.AccountId}"),
            second.SendAsync(HttpMethod.Delete, $"/api/units/{unit}/members/{second.AccountId}"));
        Assert.Equal([204, 409], answers.Select(answer => (int)answer.StatusCode).Order());
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task Nobody_gives_or_takes_more_than_they_hold()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var project = await admin.ProjectOfAsync(branch);
        var role = (string)(await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("inviter"), permissions = Inviting }))["role"]!; // a role has a name in grants
        var inviter = await server.JoinedAsync(admin, branch, role);
        var branchAdmin = await server.JoinedAsync(admin, branch, "admin");
        var (_, stranger) = await server.PersonAsync();
        foreach (var (who, path, method, body, status, code) in new (Browser, string, HttpMethod, object, int, string)[]
        {
            (inviter, "/api/access/grants", HttpMethod.Post, new { person = inviter.AccountId, role = "viewer", place = $"unit:{branch}" }, 403, "access.denied"),
            (inviter, $"/api/units/{branch}/members/{branchAdmin.AccountId}", HttpMethod.Delete, new { }, 403, "access.denied"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { person = inviter.AccountId, role = "admin", place = $"unit:{home}" }, 403, "access.denied"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { person = stranger.Value, role = "viewer", place = $"unit:{branch}" }, 404, "member.not_found"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { person = 99999999, role = "viewer", place = $"unit:{branch}" }, 404, "member.not_found"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { unit = branch, role = "admin", place = $"unit:{branch}" }, 422, "role.unfit"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { person = inviter.AccountId, role = "app-user", place = $"project:{project}" }, 422, "role.unfit"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { person = inviter.AccountId, role = "viewer", place = "moon:1" }, 400, "place.invalid"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { person = inviter.AccountId, role = "viewer", place = "project:99999999" }, 404, "access.not_found"),
            (branchAdmin, "/api/access/grants", HttpMethod.Post, new { person = inviter.AccountId, role = "viewer", place = $"project:{project}", expiresAt = "2001-01-01T00:00:00Z" }, 422, "grant.expiry_invalid"),
            (branchAdmin, $"/api/units/{home}/members/{admin.AccountId}", HttpMethod.Delete, new { }, 403, "access.denied"),
            (branchAdmin, $"/api/units/{branch}/members/99999999", HttpMethod.Delete, new { }, 404, "member.not_found"),
            (branchAdmin, "/api/access/grants/99999999", HttpMethod.Delete, new { }, 404, "grant.not_found"),
        })
        {
            using var refused = await who.SendAsync(method, path, body);
            await refused.ShouldBeProblemAsync(status, code);
        }
    }

    [Fact]
    public async Task A_role_until_an_instant_ends_by_itself()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var project = await admin.ProjectOfAsync(branch);
        var person = await server.JoinedAsync(admin, branch);
        using var given = await admin.GiveAsync("viewer", $"project:{project}", person.AccountId, expiresAt: server.Clock.GetUtcNow().AddHours(1));
        await person.GetAsync($"/api/projects/{project}");
        server.Clock.Advance(TimeSpan.FromHours(1.1));
        using var after = await person.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        await after.ShouldBeProblemAsync(404, "access.not_found");
    }

    [Fact]
    public async Task Administrators_of_units_list_and_read_their_people_through_central_and_change_none()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var branchAdmin = await server.JoinedAsync(admin, branch, "admin");
        var member = await server.JoinedAsync(admin, await admin.UnitAsync(branch, "team"));
        var other = await server.JoinedAsync(admin, await admin.UnitAsync(home));
        var script = await server.ScriptAsync(new ActorId(branchAdmin.AccountId));

        Assert.Equal(
            new[] { branchAdmin.AccountId, member.AccountId }.Order(),
            (await script.GetAsync("/v1/users")).AsArray().Select(one => (long)one!["id"]!).Order()); // users have numbers
        await script.GetAsync($"/v1/users/{member.AccountId}");
        using var unseen = await script.SendAsync(HttpMethod.Get, $"/v1/users/{other.AccountId}");
        await unseen.ShouldBeCentralProblemAsync(404, 404.1m);
        using var changed = await script.SendAsync(HttpMethod.Patch, $"/v1/users/{member.AccountId}", new { displayName = "Taken" });
        Assert.True((int)changed.StatusCode is 403 or 404);
        using var deleted = await script.SendAsync(HttpMethod.Delete, $"/v1/users/{member.AccountId}");
        Assert.True((int)deleted.StatusCode is 403 or 404);
        using var made = await script.SendAsync(HttpMethod.Post, "/v1/users", new { email = Some.Email() });
        Assert.Equal(403, (int)made.StatusCode);
    }

    // A body of which the second half waits.
    private sealed class HalfSent(string json) : HttpContent
    {
        private readonly TaskCompletionSource _half = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly byte[] _bytes = Encoding.UTF8.GetBytes(json);

        public Task HalfIsSent => _half.Task;

        public void Finish() => _finish.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(_bytes.AsMemory(0, _bytes.Length / 2));
            await stream.FlushAsync();
            _half.SetResult();
            await _finish.Task;
            await stream.WriteAsync(_bytes.AsMemory(_bytes.Length / 2));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _bytes.Length;
            Headers.ContentType = new("application/json");
            return true;
        }
    }
}
