using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

/// <summary>Nobody hands out, by whatever way, more than they hold, nor to people whom the organisation does not know.</summary>
public sealed class HandingOutTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly string[] Inviting = ["unitRead", "memberList", "memberUpdate"];
    private static readonly string[] Drawing = ["unitRead", "unitUpdate"];
    private static readonly string[] Arranging = ["unitRead", "unitUpdate", "memberUpdate", "projectAssign", "projectCreate", "projectDelete"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_units_people_hold_comes_with_belonging_and_only_who_may_give_it_brings_or_removes_them()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var below = await admin.UnitAsync(branch, name: "Below");
        var team = await admin.UnitAsync(below, "team", "Team");
        var inviting = await RoleAsync(admin, home, Inviting);
        var inviter = await server.JoinedAsync(admin, branch, inviting);
        var pal = await server.JoinedAsync(admin, branch);
        var early = await inviter.LinkAsync(team);
        using var given = await admin.GiveAsync("manager", $"project:{await admin.ProjectAsync()}", unit: below);
        given.EnsureSuccessStatusCode();
        var inside = await server.JoinedAsync(admin, below);
        foreach (var (method, path, body) in new (HttpMethod, string, object)[]
        {
            (HttpMethod.Post, $"/api/units/{team}/members", new { person = inviter.AccountId }),
            (HttpMethod.Post, $"/api/units/{below}/members", new { person = pal.AccountId }),
            (HttpMethod.Post, $"/api/units/{team}/invitations", new { uses = 1 }),
            (HttpMethod.Post, "/api/access/grants", new { person = pal.AccountId, role = inviting, place = $"unit:{team}" }),
            (HttpMethod.Delete, $"/api/units/{branch}/members/{inside.AccountId}", new { }),
        })
        {
            using var refused = await inviter.SendAsync(method, path, body);
            await refused.ShouldBeProblemAsync(403, "access.denied");
        }

        var report = await ImportTests.ImportAsync(inviter, branch, $"name,email,unit\nNoor,{Some.Email()},Below/Team\nLea,{Some.Email()},\n");
        Assert.Equal(["denied", "invited"], report["lines"]!.AsArray().Select(line => (string?)line!["outcome"])); // a report has lines
        using var late = await pal.AcceptAsync(early);
        await late.ShouldBeProblemAsync(410, "invitation.over");

        // Who has it already by another unit gets nothing new; who may give it, does.
        using var moved = await inviter.SendAsync(HttpMethod.Post, $"/api/units/{team}/members", new { person = inside.AccountId });
        moved.EnsureSuccessStatusCode();
        using var added = await admin.SendAsync(HttpMethod.Post, $"/api/units/{team}/members", new { person = pal.AccountId });
        added.EnsureSuccessStatusCode();
        await inviter.LinkAsync(branch);
    }

    [Fact]
    public async Task People_and_units_of_another_organisation_get_nothing_at_any_door_and_are_found_at_none()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var (otherAdmin, other) = await server.OrganisationAsync(at.Admin);
        var manager = await server.SignedInAsync("manager", at.Project);
        var stranger = await server.JoinedAsync(otherAdmin, other);
        var mate = await server.JoinedAsync(at.Admin, await at.Admin.HomeAsync());
        foreach (var (person, isGood) in new[] { (stranger, false), (mate, true) })
        {
            var email = (string)(await person.GetAsync("/api/session"))["account"]!["email"]!; // a session has it
            Assert.Equal(isGood ? 1 : 0, (await manager.GetAsync($"/v1/users?q={Uri.EscapeDataString(email)}")).AsArray().Count);
            Assert.Equal(isGood ? 1 : 0, Deployed.Items(await manager.GetAsync($"{at.Path}/candidates?q={Uri.EscapeDataString(email)}")).Count);
            foreach (var (path, body, status) in new (string, object, int)[]
            {
                ($"/v1/projects/{at.Project}/assignments/viewer/{person.AccountId}", new { }, 404),
                ($"/v1{at.Form[4..]}/assignments/viewer/{person.AccountId}", new { }, 404),
                ($"{at.Form}/limited-roles", new { subjectKind = "actor", subjectId = person.AccountId, role = "viewer", isOwn = true }, 404),
                ($"{at.Path}/people", new { role = "enumerator", subjectKind = "actor", subjectId = person.AccountId }, 422),
                ($"{at.Path}/people", new { role = "enumerator", subjectKind = "unit", subjectId = other }, 422),
            }.Take(isGood ? 4 : 5))
            {
                using var answer = await manager.SendAsync(HttpMethod.Post, path, body);
                Assert.True(isGood ? answer.IsSuccessStatusCode : status == (int)answer.StatusCode, $"{path} {isGood}: {await answer.Content.ReadAsStringAsync(Token)}");
            }
        }

        Assert.Equal(0L, await server.QueryAsync<long>(
            "select count(*) from access.grants where subject_id = @id and subject_kind = 'actor'", new { id = stranger.AccountId }));

        // Whoever runs the server knows everybody, and who holds a role in the organisation is known there.
        await at.Admin.PostAsync($"/v1/projects/{at.Project}/assignments/viewer/{stranger.AccountId}", new { });
        await manager.PostAsync($"/v1/projects/{at.Project}/assignments/formfill/{stranger.AccountId}", new { });
    }

    [Fact]
    public async Task Whoever_draws_the_tree_moves_nothing_to_readers_of_another_branch()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var (north, south, empty) = (await admin.UnitAsync(home), await admin.UnitAsync(home), await admin.UnitAsync(home));
        var team = await admin.UnitAsync(north, "team");
        var project = await admin.ProjectOfAsync(north);
        await server.JoinedAsync(admin, south, "viewer");
        var drawer = await server.JoinedAsync(admin, home, await RoleAsync(admin, home, Drawing));
        var arranger = await server.JoinedAsync(admin, home, await RoleAsync(admin, home, Arranging));
        foreach (var (who, method, path, body) in new (Browser, HttpMethod, string, object)[]
        {
            (drawer, HttpMethod.Patch, $"/api/units/{team}", new { parent = south }),
            (drawer, HttpMethod.Patch, $"/api/units/{team}", new { parent = empty }),
            (arranger, HttpMethod.Patch, $"/api/units/{team}", new { parent = south }),
            (arranger, HttpMethod.Post, $"/api/projects/{project}/transfer", new { unit = south }),
        })
        {
            using var refused = await who.SendAsync(method, path, body);
            await refused.ShouldBeProblemAsync(403, "access.denied");
        }

        using var moved = await arranger.SendAsync(HttpMethod.Patch, $"/api/units/{team}", new { parent = empty });
        moved.EnsureSuccessStatusCode();
        using var given = await admin.GiveAsync("viewer", $"project:{project}", unit: north);
        using var joined = await arranger.SendAsync(HttpMethod.Patch, $"/api/units/{team}", new { parent = north });
        await joined.ShouldBeProblemAsync(403, "access.denied");
        using var done = await admin.SendAsync(HttpMethod.Patch, $"/api/units/{team}", new { parent = north });
        done.EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task An_address_that_somebody_typed_brings_them_nothing_until_a_letter_was_followed()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var project = await admin.ProjectAsync();
        var manager = await server.SignedInAsync("manager", project);
        var email = Some.Email("director");
        var squatter = new Browser(server.CreateClient());
        squatter.Keep((await squatter.PostAsync(
            "/api/invitations/acceptance",
            new { token = await admin.LinkAsync(home), name = "Director", email, password = Some.Password }))["session"]!); // the account is new
        var file = $"name,email,role\nDirector,{email},manager\n";

        Assert.Empty((await manager.GetAsync($"/v1/users?q={email}")).AsArray());
        Assert.Equal(1, (int)(await ImportTests.ImportAsync(admin, home, file))["invited"]!); // a report has it
        var letter = Assert.Single(await server.LettersToAsync(email));
        await squatter.PostAsync("/api/invitations/acceptance", new { token = letter.Link.Fragment[1..] });
        Assert.Single((await manager.GetAsync($"/v1/users?q={email}")).AsArray());
        Assert.Equal(1, (int)(await ImportTests.ImportAsync(admin, home, $"name,email,role\nDirector,{email},viewer\n"))["added"]!); // as above

        // Another address of one's own is typed, too.
        var next = Some.Email("next");
        using var renamed = await squatter.SendAsync(HttpMethod.Patch, $"/v1/users/{squatter.AccountId}", new { email = next, password = Some.Password });
        Assert.True(renamed.IsSuccessStatusCode, await renamed.Content.ReadAsStringAsync(Token));
        Assert.Empty((await manager.GetAsync($"/v1/users?q={next}")).AsArray());

        // While letters go to the address before as well, whoever follows one proves nothing.
        Assert.Equal(0, await FoundAfterResetAsync(manager, next));
        var typed = Some.Email("typed");
        await new Browser(server.CreateClient()).PostAsync(
            "/api/invitations/acceptance", new { token = await admin.LinkAsync(home), name = "Typed", email = typed, password = Some.Password });
        Assert.Equal(1, await FoundAfterResetAsync(manager, typed));
    }

    [Fact]
    public async Task A_link_does_not_tell_who_has_an_account()
    {
        var admin = await server.OrganisationAdminAsync();
        var token = await admin.LinkAsync(await admin.UnitAsync(await admin.HomeAsync()), uses: 20);
        var (email, _) = await server.PersonAsync();
        var browser = new Browser(server.CreateClient("127.0.77.1"));
        for (var tries = 0; tries <= 10; tries++)
        {
            using var told = await browser.SendAsync(
                HttpMethod.Post, "/api/invitations/acceptance", new { token, name = "Twin", email, password = Some.Password });
            await (tries < 10 ? told.ShouldBeProblemAsync(409, "account.email_taken") : told.ShouldBeProblemAsync(429, "session.too_many_attempts"));
        }
    }

    [Fact]
    public async Task A_branchs_administrator_is_nobodys_guardian()
    {
        var operators = await server.OrganisationAdminAsync();
        var (admin, root) = await server.OrganisationAsync(operators);
        var branch = await admin.UnitAsync(root);
        var branchAdmin = await server.JoinedAsync(admin, branch, "admin");
        using var taken = await branchAdmin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/members", new { person = admin.AccountId });
        taken.EnsureSuccessStatusCode();

        using var refused = await branchAdmin.SendAsync(HttpMethod.Get, $"/api/accounts/{admin.AccountId}/access-log");
        await refused.ShouldBeProblemAsync(404, "account.not_found");
        await admin.GetAsync($"/api/accounts/{branchAdmin.AccountId}/access-log");
    }

    [Fact]
    public async Task Nobodys_mailbox_is_filled_with_invitations()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var units = new[] { branch, await admin.UnitAsync(branch), await admin.UnitAsync(branch), await admin.UnitAsync(branch, "team", "Fourth") };
        var email = Some.Email("filled");
        foreach (var unit in units[..3])
        {
            await admin.PostAsync($"/api/units/{unit}/invitations", new { email });
        }

        using var fourth = await admin.SendAsync(HttpMethod.Post, $"/api/units/{units[3]}/invitations", new { email = email.ToUpperInvariant() });
        await fourth.ShouldBeProblemAsync(429, "invitation.too_many_letters");
        using var file = new StringContent($"name,email,unit\nFilled,{email},Fourth\n", System.Text.Encoding.UTF8, "text/csv");
        using var imported = await admin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/members/import", file);
        await imported.ShouldBeProblemAsync(429, "invitation.too_many_letters");
        Assert.Equal(3, (await server.LettersToAsync(email)).Count);
        server.Clock.Advance(TimeSpan.FromDays(1.1));
        var later = await server.OrganisationAdminAsync();
        await later.PostAsync($"/api/units/{units[3]}/invitations", new { email });
    }

    [Fact]
    public async Task A_phone_is_never_asked_about_as_a_person_and_what_was_remembered_of_one_is_not_the_others()
    {
        var at = await Deployed.ArrangeAsync(server, 0);
        var (phone, _) = await at.Admin.AppUserAsync(at.Project);
        await at.Admin.PostAsync($"{at.Form}/limited-roles", new { subjectKind = "everyone", subjectId = 0, role = "viewer", isOwn = true });
        using var refused = await at.Admin.SendAsync(
            HttpMethod.Get, $"/api/access/explanations?person={phone}&place=project:{at.Project}&permission=submissionCreate");
        await refused.ShouldBeProblemAsync(404, "member.not_found");

        var held = server.Services.GetRequiredService<HeldRoles>();
        var asPerson = await held.OfAsync(new Actor(new ActorId(phone), ActorKind.Account, "", Door.Web, null), Token);
        var asPhone = await held.OfAsync(new Actor(new ActorId(phone), ActorKind.AppUser, "", Door.OpenRosa, null), Token);
        Assert.Contains(asPerson, role => role.Through == Subject.Everyone);
        Assert.DoesNotContain(asPhone, role => role.Through == Subject.Everyone);
    }

    private async Task<int> FoundAfterResetAsync(Browser manager, string email)
    {
        var owner = new Browser(server.CreateClient("127.0.77.2"));
        using var asked = await owner.SendAsync(HttpMethod.Post, "/api/password-resets", new { email });
        var letter = (await server.LettersToAsync(email))[^1];
        using var done = await owner.SendAsync(
            HttpMethod.Post, "/api/password-resets/completion", new { token = letter.Link.Fragment[1..], password = Some.OtherPassword });
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync(Token));
        return (await manager.GetAsync($"/v1/users?q={email}")).AsArray().Count;
    }

    private static async Task<string> RoleAsync(Browser admin, long home, string[] permissions) =>
        (string)(await admin.PostAsync($"/api/units/{home}/roles", new { name = Some.Name("role"), permissions }))["role"]!; // a role has a name in grants
}
