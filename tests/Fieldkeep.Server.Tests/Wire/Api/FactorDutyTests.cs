using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Who must have a second factor, until when, and help for who lost theirs. Each test has a server whose days pass.</summary>
public sealed partial class FactorDutyTests(TestCluster cluster) : IAsyncLifetime
{
    private static readonly Uri Home = new("https://data.example.org");

    private readonly Postman _postman = new();
    private TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        // Resets are for servers whose letters go out and lead back.
        var smtp = new SmtpSettings { Host = "127.0.0.1", Port = _postman.Port, IsEncrypted = false };
        _server = new TestServer(cluster)
        {
            Configure = settings => settings with { PublicAddress = Home, Mail = new MailSettings { Smtp = smtp } },
        };
        return _server.InitializeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _postman.DisposeAsync();
    }

    [Fact]
    public async Task An_administrator_has_seven_days_and_then_may_only_set_a_factor_up()
    {
        var admin = await _server.OrganisationAdminAsync();
        var due = (await admin.GetAsync("/api/session"))["secondFactor"]?["dueAt"]?.GetValue<DateTimeOffset>() ?? default;
        var inTime = await admin.ProjectAsync();
        Assert.InRange(due - _server.Clock.GetUtcNow(), TimeSpan.FromDays(6.9), TimeSpan.FromDays(7));

        _server.Clock.Advance(TimeSpan.FromDays(7));
        var late = await SignedInAsync(Actors.AdminEmail);
        using var projects = await late.SendAsync(HttpMethod.Get, "/api/projects");
        using var central = await late.SendAsync(HttpMethod.Get, $"/v1/projects/{inTime}");
        using var openRosa = await late.SendAsync(HttpMethod.Get, $"/v1/projects/{inTime}/formList");
        using var password = await late.SendAsync(
            HttpMethod.Put, "/api/account/password", new { old = Some.Password, @new = Some.OtherPassword });
        using var joining = await late.SendAsync(HttpMethod.Post, "/api/invitations/acceptance", new { token = "whatever" });
        var session = await late.GetAsync("/api/session");

        await joining.ShouldBeProblemAsync(403, "session.second_factor_needed");
        await projects.ShouldBeProblemAsync(403, "session.second_factor_needed");
        Assert.Equal(HttpStatusCode.Forbidden, central.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, openRosa.StatusCode);
        await password.ShouldBeProblemAsync(403, "session.second_factor_needed");
        Assert.True(session["secondFactor"]?["mustEnrol"]?.GetValue<bool>());
        await AuthenticatorApp.SetUpAsync(late, _server.Clock);
        using var again = await late.SendAsync(HttpMethod.Get, "/api/projects");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Null((await late.GetAsync("/api/session"))["secondFactor"]?["dueAt"]);
    }

    [Fact]
    public async Task After_seven_days_scripts_of_an_administrator_are_told_what_to_do()
    {
        await _server.OrganisationAdminAsync();
        var client = _server.CreateClient();
        using var before = await client.PostAsJsonAsync("/v1/sessions", new { email = Actors.AdminEmail, password = Some.Password }, Token);
        _server.Clock.Advance(TimeSpan.FromDays(7));

        using var after = await client.PostAsJsonAsync("/v1/sessions", new { email = Actors.AdminEmail, password = Some.Password }, Token);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Actors.AdminEmail}:{Some.Password}")));
        using var basic = await client.GetAsync("/v1/projects/1", Token);

        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, after.StatusCode);
        Assert.Contains("second factor", await after.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, basic.StatusCode);
    }

    [Fact]
    public async Task Others_need_one_only_where_the_rule_says_so_and_phones_never_do()
    {
        var admin = await _server.OrganisationAdminAsync();
        await AuthenticatorApp.SetUpAsync(admin, _server.Clock);
        var project = await admin.ProjectAsync();
        var (_, phone) = await admin.AppUserAsync(project);
        var viewer = await _server.SignedInAsync("viewer", project);
        Assert.Null((await viewer.GetAsync("/api/session"))["secondFactor"]?["dueAt"]);

        using var byViewer = await viewer.SendAsync(HttpMethod.Put, "/api/security", new { secondFactorForEveryone = true });
        using var set = await admin.SendAsync(HttpMethod.Put, "/api/security", new { secondFactorForEveryone = true });
        Assert.NotNull((await viewer.GetAsync("/api/session"))["secondFactor"]?["dueAt"]);
        var email = (await viewer.GetAsync("/api/session"))["account"]!["email"]!.GetValue<string>(); // a session has one
        _server.Clock.Advance(TimeSpan.FromDays(7));
        var late = await _server.SignedInAsync("viewer", project);
        var old = await SignedInAsync(email);
        using var refused = await old.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        using var newcomer = await late.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        using var forms = await _server.CreateClient().GetAsync($"/v1/key/{phone}/projects/{project}/formList", Token);

        await byViewer.ShouldBeProblemAsync(403, "access.denied");
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        await refused.ShouldBeProblemAsync(403, "session.second_factor_needed");
        Assert.Equal(HttpStatusCode.OK, newcomer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, forms.StatusCode);
    }

    [Fact]
    public async Task An_export_link_of_who_is_overdue_opens_nothing()
    {
        var admin = await _server.OrganisationAdminAsync();
        await AuthenticatorApp.SetUpAsync(admin, _server.Clock);
        var project = await admin.ProjectAsync();
        await admin.UploadAsync(project, Village.Form());
        var viewer = await _server.SignedInAsync("viewer", project);
        var path = $"/api/projects/{project}/forms/{Village.FormId}/saved-exports";
        var saved = (await viewer.PostAsync(path, new { name = "Monthly", export = new { format = "csv" } })).Text("id");
        var link = new Uri(new Uri((await viewer.PostAsync($"{path}/{saved}/links", new { days = 30 })).Text("url")).AbsolutePath, UriKind.Relative);
        using var set = await admin.SendAsync(HttpMethod.Put, "/api/security", new { secondFactorForEveryone = true });
        set.EnsureSuccessStatusCode();

        using var inTime = await _server.CreateClient().GetAsync(link, Token);
        _server.Clock.Advance(TimeSpan.FromDays(7));
        using var late = await _server.CreateClient().GetAsync(link, Token);

        Assert.Equal(HttpStatusCode.OK, inTime.StatusCode);
        await late.ShouldBeProblemAsync(403, "session.second_factor_needed");
    }

    [Fact]
    public async Task An_organisation_asks_it_of_its_own_people_and_of_nobody_else()
    {
        var admin = await _server.OrganisationAdminAsync();
        await AuthenticatorApp.SetUpAsync(admin, _server.Clock);
        var unit = await _server.QueryAsync<long>("select id from access.places where kind = 'unit' and parent_id is null");
        var (member, memberId) = await _server.PersonAsync();
        var (stranger, _) = await _server.PersonAsync();
        await _server.JoinAsync(memberId, unit);

        using var byStranger = await (await SignedInAsync(stranger)).SendAsync(
            HttpMethod.Put, $"/api/units/{unit}/security", new { secondFactorForEveryone = true });
        using var nowhere = await admin.SendAsync(HttpMethod.Put, "/api/units/987654/security", new { secondFactorForEveryone = true });
        using var set = await admin.SendAsync(HttpMethod.Put, $"/api/units/{unit}/security", new { secondFactorForEveryone = true });

        Assert.Contains(byStranger.StatusCode, (HttpStatusCode[])[HttpStatusCode.Forbidden, HttpStatusCode.NotFound]);
        await nowhere.ShouldBeProblemAsync(404, "access.not_found");
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        Assert.True((await admin.GetAsync($"/api/units/{unit}/security"))["secondFactorForEveryone"]?.GetValue<bool>());
        Assert.False((await admin.GetAsync("/api/security"))["secondFactorForEveryone"]?.GetValue<bool>());
        Assert.NotNull((await (await SignedInAsync(member)).GetAsync("/api/session"))["secondFactor"]?["dueAt"]);
        Assert.Null((await (await SignedInAsync(stranger)).GetAsync("/api/session"))["secondFactor"]?["dueAt"]);
    }

    [Fact]
    public async Task An_administrator_changes_the_app_but_does_not_take_the_last_factor_off()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (app, _) = await AuthenticatorApp.SetUpAsync(admin, _server.Clock);
        await admin.PostAsync("/api/session/confirmation", new { password = Some.Password, totp = app.FreshCode() });

        using var off = await admin.SendAsync(HttpMethod.Delete, "/api/account/factors/totp");
        await AuthenticatorApp.SetUpAsync(admin, _server.Clock);

        await off.ShouldBeProblemAsync(409, "factor.needed");
        Assert.NotNull((await admin.GetAsync("/api/account/factors"))["totpSince"]);
    }

    [Fact]
    public async Task A_lost_factor_is_taken_off_a_day_after_it_was_asked_for()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (owner, email) = await PersonWithAppAsync();
        var home = await admin.HomeAsync();
        using var joined = await owner.AcceptAsync(await admin.LinkAsync(home));

        var asked = await admin.PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });
        var waiting = await admin.GetAsync($"/api/units/{home}/members/{owner.AccountId}");
        using var twice = await admin.SendAsync(HttpMethod.Post, $"/api/accounts/{owner.AccountId}/factor-reset", new { });
        using var byOwner = await owner.SendAsync(HttpMethod.Post, $"/api/accounts/{admin.AccountId}/factor-reset", new { });
        _server.Clock.Advance(TimeSpan.FromHours(23));
        using var early = await new Browser(_server.CreateClient()).SendAsync(
            HttpMethod.Post, "/api/session", new { email, password = Some.Password });
        _server.Clock.Advance(TimeSpan.FromHours(1));
        var late = await SignedInAsync(email);

        Assert.InRange(
            asked["dueAt"]!.GetValue<DateTimeOffset>() - _server.Clock.GetUtcNow(), TimeSpan.FromMinutes(-5), TimeSpan.Zero); // it was answered
        Assert.Equal(asked["dueAt"]!.GetValue<DateTimeOffset>(), waiting["resetDueAt"]!.GetValue<DateTimeOffset>());
        await twice.ShouldBeProblemAsync(409, "factor.reset_waits");
        await byOwner.ShouldBeProblemAsync(403, "access.denied");
        Assert.Equal(HttpStatusCode.Accepted, early.StatusCode);
        var state = await late.GetAsync("/api/account/factors");
        Assert.Null(state["totpSince"]);
        Assert.Null(state["resetDueAt"]);
    }

    [Fact]
    public async Task A_passkey_signs_nobody_in_once_a_reset_is_due()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (email, _) = await _server.PersonAsync();
        var owner = await SignedInAsync(email);
        using var passkey = new SoftPasskey(Home);
        var question = await owner.PostAsync("/api/account/factors/passkeys/question", new { });
        await owner.PostAsync("/api/account/factors/passkeys", new { name = "Lost phone", passkey = passkey.Register(question) });
        await admin.PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });
        _server.Clock.Advance(TimeSpan.FromHours(24));

        var finder = new Browser(_server.CreateClient());
        var asked = await finder.PostAsync("/api/session/passkey-question", new { });
        using var refused = await finder.SendAsync(HttpMethod.Post, "/api/session/passkey", new { passkey = passkey.Answer(asked) });

        await refused.ShouldBeProblemAsync(401, "factor.passkey_refused");
        await SignedInAsync(email);
    }

    [Fact]
    public async Task The_owner_stops_a_reset_by_the_link_in_the_letter_or_while_signed_in()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (owner, email) = await PersonWithAppAsync();
        await admin.PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });
        await _server.LettersToAsync(email);
        var letter = _postman.Taken.Select(Letters.Parse).Where(one => one.To == email).Single(one => one.Body.Contains("/cancel-reset#", StringComparison.Ordinal));
        var token = Secret().Match(letter.Body).Groups["token"].Value;
        Assert.NotNull((await owner.GetAsync("/api/session"))["secondFactor"]?["resetDueAt"]);

        using var guessed = await CancelAsync(new string('A', 43));
        using var stopped = await CancelAsync(token);
        using var again = await CancelAsync(token);
        await admin.PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });
        using var bySession = await owner.SendAsync(HttpMethod.Delete, "/api/account/factors/reset");
        using var nothing = await owner.SendAsync(HttpMethod.Delete, "/api/account/factors/reset");
        _server.Clock.Advance(TimeSpan.FromDays(2));
        using var still = await new Browser(_server.CreateClient()).SendAsync(
            HttpMethod.Post, "/api/session", new { email, password = Some.Password });

        await guessed.ShouldBeProblemAsync(404, "factor.reset_not_found");
        Assert.Equal(HttpStatusCode.NoContent, stopped.StatusCode);
        await again.ShouldBeProblemAsync(404, "factor.reset_not_found");
        Assert.Equal(HttpStatusCode.NoContent, bySession.StatusCode);
        await nothing.ShouldBeProblemAsync(404, "factor.reset_not_found");
        Assert.Equal(HttpStatusCode.Accepted, still.StatusCode);

        Task<HttpResponseMessage> CancelAsync(string text) =>
            new Browser(_server.CreateClient()).SendAsync(HttpMethod.Post, "/api/factor-resets/cancellation", new { token = text });
    }

    [Fact]
    public async Task Lost_factors_are_taken_off_at_once_at_the_machine()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (owner, email) = await PersonWithAppAsync();
        await admin.PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });
        var (lost, remove) = (new ActorId(owner.AccountId), _server.Services.GetRequiredService<RemoveLostFactors>());
        var oneself = new Actor(lost, ActorKind.Account, "Who lost them", Door.Web, null);

        var refused = await Assert.ThrowsAsync<ProblemException>(() => remove.RunAsync(oneself, lost, Token));
        await remove.RunAsync(Actor.System(Door.CommandLine), lost, Token);
        var twice = await Assert.ThrowsAsync<ProblemException>(() => remove.RunAsync(Actor.System(Door.CommandLine), lost, Token));

        Assert.Equal(("access.denied", "factor.none"), (refused.Code, twice.Code));
        using var ended = await owner.SendAsync(HttpMethod.Get, "/api/session");
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        await SignedInAsync(email);
        await _server.LettersToAsync(email);
        Assert.Equal(2, _postman.Taken.Select(Letters.Parse).Count(letter => letter.To == email && letter.Subject == "Your second factor was changed"));
    }

    [Fact]
    public async Task A_reset_that_nobody_took_for_three_days_lapses_and_must_be_asked_for_anew()
    {
        var admin = await _server.OrganisationAdminAsync();
        var (owner, email) = await PersonWithAppAsync();
        await admin.PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });
        _server.Clock.Advance(TimeSpan.FromHours(24 + 72));

        using var late = await new Browser(_server.CreateClient()).SendAsync(
            HttpMethod.Post, "/api/session", new { email, password = Some.Password });
        var again = await (await _server.OrganisationAdminAsync()).PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });

        Assert.Equal(HttpStatusCode.Accepted, late.StatusCode);
        Assert.InRange(
            again["dueAt"]!.GetValue<DateTimeOffset>() - _server.Clock.GetUtcNow(), TimeSpan.FromHours(23), TimeSpan.FromHours(24)); // it was answered
    }

    [Theory]
    [InlineData("totp")]
    [InlineData("recovery code")]
    [InlineData("passkey")]
    public async Task A_reset_is_stopped_by_a_factor_that_turns_out_not_to_be_lost(string shown)
    {
        var admin = await _server.OrganisationAdminAsync();
        var (email, _) = await _server.PersonAsync();
        var owner = await SignedInAsync(email);
        using var passkey = new SoftPasskey(Home);
        var question = await owner.PostAsync("/api/account/factors/passkeys/question", new { });
        await owner.PostAsync("/api/account/factors/passkeys", new { name = "Phone", passkey = passkey.Register(question) });
        var asked = await owner.PostAsync("/api/session/passkey-question", new { });
        owner.Keep(await owner.PostAsync("/api/session/passkey", new { passkey = passkey.Answer(asked) }));
        await owner.PostAsync("/api/session/confirmation", new { passkey = passkey.Answer(await owner.PostAsync("/api/session/confirmation-question", new { })) });
        var (app, codes) = await AuthenticatorApp.SetUpAsync(owner, _server.Clock);
        await admin.PostAsync($"/api/accounts/{owner.AccountId}/factor-reset", new { });
        Assert.NotNull((await owner.GetAsync("/api/account/factors"))["resetDueAt"]);

        object proof = shown switch
        {
            "totp" => new { password = Some.Password, totp = app.FreshCode() },
            "passkey" => new { passkey = passkey.Answer(await owner.PostAsync("/api/session/confirmation-question", new { })) },
            _ => new { password = Some.Password, recoveryCode = codes[3] },
        };
        await owner.PostAsync("/api/session/confirmation", proof);

        Assert.Null((await owner.GetAsync("/api/account/factors"))["resetDueAt"]);
        Assert.Equal("factor shown", await _server.QueryAsync<string>(
            "select detail from audit.events where action = 'factor.reset_cancel' and subject_id = @id", new { id = owner.AccountId.ToString() }));
        _server.Clock.Advance(TimeSpan.FromHours(24));
        using var still = await new Browser(_server.CreateClient()).SendAsync(
            HttpMethod.Post, "/api/session", new { email, password = Some.Password });
        Assert.Equal(HttpStatusCode.Accepted, still.StatusCode);
    }

    private async Task<Browser> SignedInAsync(string email)
    {
        var browser = new Browser(_server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        return browser;
    }

    private async Task<(Browser Browser, string Email)> PersonWithAppAsync()
    {
        var (email, _) = await _server.PersonAsync();
        var browser = await SignedInAsync(email);
        await AuthenticatorApp.SetUpAsync(browser, _server.Clock);
        return (browser, email);
    }

    [GeneratedRegex("/cancel-reset#(?<token>[A-Za-z0-9_-]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Secret();
}
