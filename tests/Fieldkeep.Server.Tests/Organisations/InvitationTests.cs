using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Organisations;

public sealed class InvitationTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_link_lets_a_new_person_in_once_with_an_account_of_their_own()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var project = await admin.ProjectOfAsync(branch);
        var token = await admin.LinkAsync(branch, "viewer");
        var stranger = new Browser(server.CreateClient());
        var words = await stranger.PostAsync("/api/invitations/reading", new { token });
        Assert.Equal(("viewer", "Organisation admin"), ((string)words["role"]!, (string)words["inviter"]!)); // an invitation has both
        var accepted = await stranger.PostAsync(
            "/api/invitations/acceptance", new { token, name = "Amina", email = Some.Email("amina"), password = Some.Password });
        stranger.Keep(accepted["session"]!); // the account is new
        await stranger.GetAsync($"/api/projects/{project}");

        var second = new Browser(server.CreateClient());
        using var used = await second.SendAsync(
            HttpMethod.Post, "/api/invitations/acceptance", new { token, name = "Ben", email = Some.Email("ben"), password = Some.Password });
        await used.ShouldBeProblemAsync(409, "invitation.used");
        Assert.False(await server.QueryAsync<bool>("select exists (select from organisations.invitations where token_hash = convert_to(@token, 'UTF8'))", new { token }));
    }

    [Fact]
    public async Task Of_ten_people_who_use_a_link_for_three_at_once_three_come_in()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var token = await admin.LinkAsync(branch, uses: 3);
        var people = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.SignedInAsync("", 0)));
        var answers = await Task.WhenAll(people.Select(person => person.AcceptAsync(token)));

        Assert.Equal(3, answers.Count(answer => (int)answer.StatusCode == 200));
        Assert.Equal(7, answers.Count(answer => (int)answer.StatusCode == 409));
        Assert.Equal(3, (int)(await admin.GetAsync($"/api/units/{branch}/members"))["all"]!); // a page has it
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task One_person_uses_a_link_for_many_once()
    {
        var admin = await server.OrganisationAdminAsync();
        var token = await admin.LinkAsync(await admin.UnitAsync(await admin.HomeAsync()), uses: 5);
        var person = await server.SignedInAsync("", 0);
        var answers = await Task.WhenAll(person.AcceptAsync(token), person.AcceptAsync(token));

        Assert.Equal([200, 409], answers.Select(answer => (int)answer.StatusCode).Order());
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_letter_is_for_one_person_however_the_address_is_written()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var email = Some.Email("letter");
        var made = await admin.PostAsync($"/api/units/{branch}/invitations", new { email, role = "viewer" });
        Assert.Null(made["link"]);
        foreach (var alike in new[] { email.ToUpperInvariant(), $" {email} ", "ｌ" + email[1..] })
        {
            using var again = await admin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/invitations", new { email = alike });
            await again.ShouldBeProblemAsync(409, "invitation.open");
        }

        var token = (await server.LettersToAsync(email)).Single().Link.Fragment[1..];
        var another = await server.SignedInAsync("", 0);
        using var stolen = await another.AcceptAsync(token);
        await stolen.ShouldBeProblemAsync(403, "invitation.other_person");

        var stranger = new Browser(server.CreateClient());
        var words = await stranger.PostAsync("/api/invitations/reading", new { token });
        Assert.Equal((email, false), ((string)words["email"]!, (bool)words["hasAccount"]!)); // a letter has an address
        await stranger.PostAsync("/api/invitations/acceptance", new { token, name = "Lea", email = "other@example.org", password = Some.Password });
        Assert.Equal(email, await server.QueryAsync<string>("select email from accounts.accounts where email_key = @email", new { email }));
    }

    [Fact]
    public async Task An_address_that_has_an_account_signs_in_and_does_not_make_another()
    {
        var admin = await server.OrganisationAdminAsync();
        var token = await admin.LinkAsync(await admin.UnitAsync(await admin.HomeAsync()));
        var (email, _) = await server.PersonAsync();
        var stranger = new Browser(server.CreateClient());
        using var taken = await stranger.SendAsync(
            HttpMethod.Post, "/api/invitations/acceptance", new { token, name = "Twin", email = email.ToUpperInvariant(), password = Some.Password });
        await taken.ShouldBeProblemAsync(409, "account.email_taken");
        using var nobody = await stranger.AcceptAsync(token);
        await nobody.ShouldBeProblemAsync(401, "session.none");
        using var weak = await stranger.SendAsync(
            HttpMethod.Post, "/api/invitations/acceptance", new { token, name = "Weak", email = Some.Email(), password = "12345678" });
        await weak.ShouldBeProblemAsync(422, "password.weak");
    }

    [Fact]
    public async Task An_invitation_is_void_when_revoked_expired_or_when_its_giver_may_not_invite_any_more()
    {
        var admin = await server.OrganisationAdminAsync();
        var branch = await admin.UnitAsync(await admin.HomeAsync());
        var giver = await server.JoinedAsync(admin, branch, "admin");
        var (lost, revoked, expired) = (await giver.LinkAsync(branch, "viewer"), await admin.LinkAsync(branch), await admin.LinkAsync(branch, days: 1));
        var last = (await admin.GetAsync($"/api/units/{branch}/invitations")).Ids();
        using var unseen = await (await server.SignedInAsync("", 0)).SendAsync(HttpMethod.Delete, $"/api/invitations/{last[1]}");
        Assert.Equal(404, (int)unseen.StatusCode);
        using var gone = await admin.SendAsync(HttpMethod.Delete, $"/api/invitations/{last[1]}");
        using var removed = await admin.SendAsync(HttpMethod.Delete, $"/api/units/{branch}/members/{giver.AccountId}");
        removed.EnsureSuccessStatusCode();
        server.Clock.Advance(TimeSpan.FromDays(1.1));
        var person = await server.SignedInAsync("", 0);
        foreach (var token in new[] { lost, revoked, expired })
        {
            using var refused = await person.AcceptAsync(token);
            await refused.ShouldBeProblemAsync(410, "invitation.over");
        }

        using var guessed = await person.AcceptAsync(new string('A', 43));
        await guessed.ShouldBeProblemAsync(404, "invitation.not_found");
        using var huge = await person.AcceptAsync(new string('A', 60_000));
        await huge.ShouldBeProblemAsync(404, "invitation.not_found");
    }

    [Fact]
    public async Task Nobody_invites_to_more_than_they_hold()
    {
        var admin = await server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        var branch = await admin.UnitAsync(home);
        var branchAdmin = await server.JoinedAsync(admin, branch, "admin");
        var viewer = await server.JoinedAsync(admin, branch, "viewer");
        foreach (var (who, unit, role, status) in new[] { (branchAdmin, home, "viewer", 403), (viewer, branch, "viewer", 403), (branchAdmin, branch, "emperor", 422), (branchAdmin, branch, "operator", 422), (branchAdmin, 99999999L, "viewer", 404) })
        {
            using var refused = await who.SendAsync(HttpMethod.Post, $"/api/units/{unit}/invitations", new { role });
            Assert.True((int)refused.StatusCode == status, $"{unit} {role}: {(int)refused.StatusCode} {await refused.Content.ReadAsStringAsync(Token)}");
        }

        foreach (var body in new object[] { new { uses = 0 }, new { uses = 10_001 }, new { days = 0 }, new { days = 91 } })
        {
            using var refused = await branchAdmin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/invitations", body);
            await refused.ShouldBeProblemAsync(422, "invitation.invalid");
        }

        using var bad = await branchAdmin.SendAsync(HttpMethod.Post, $"/api/units/{branch}/invitations", new { email = "a@b\r\nBcc: c@d" });
        Assert.Equal(422, (int)bad.StatusCode);
    }

    [Fact]
    public async Task An_organisation_gets_its_first_administrator_by_one_letter()
    {
        var admin = await server.OrganisationAdminAsync();
        var (first, unit) = await server.OrganisationAsync(admin);
        var member = await server.JoinedAsync(first, unit);
        Assert.Equal(2, (int)(await first.GetAsync($"/api/units/{unit}/members"))["all"]!); // a page has it
        using var list = await member.SendAsync(HttpMethod.Get, $"/api/units/{unit}/members");
        await list.ShouldBeProblemAsync(403, "access.denied");
        Assert.IsType<JsonArray>((await member.GetAsync($"/api/units/{unit}"))["units"]);
    }
}
