using System.Net.Http.Headers;
using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Ledger.Walking;

/// <summary>Walks through what is done to accounts, units, roles, tokens and support access.</summary>
internal static class WalkPeople
{
    private static readonly string[] ReadScope = ["read"];
    private static readonly string[] ReadsAndExports = ["submissionRead", "submissionExport"];
    private static readonly string[] Reads = ["submissionRead"];

    /// <summary>Does all of it.</summary>
    public static async Task RunAsync(Walk walk, Browser admin, long home)
    {
        await walk.PartAsync("UnitsAsync", () => UnitsAsync(walk, admin, home));
        await walk.PartAsync("InvitationsAsync", () => InvitationsAsync(walk, admin, home));
        await walk.PartAsync("FactorsAsync", () => FactorsAsync(walk, admin));
        await walk.PartAsync("PasswordsAsync", () => PasswordsAsync(walk, admin));
        await walk.PartAsync("CentralAsync", () => CentralAsync(walk, admin));
        await walk.PartAsync("RightsAsync", () => WalkRights.RunAsync(walk, admin, home));
        await walk.PartAsync("OwnAsync", () => OwnAsync(walk));
        await walk.PartAsync("SupportAsync", () => SupportAsync(walk));
        await walk.DoAsync(admin, "confirmRecoveryKey", "POST", "/api/setup/recovery-key-stored");
    }

    private static async Task UnitsAsync(Walk walk, Browser admin, long home)
    {
        await walk.DoAsync(admin, "createOrganisation", "POST", "/api/organisations", new { name = "Another relief", adminEmail = Some.Email("another") });
        var unit = Walk.Number(await walk.DoAsync(admin, "createUnit", "POST", "/api/units", new { parent = home, kind = "branch", name = "North" }), "id");
        var (_, person) = await walk.Server.PersonAsync();
        await walk.Server.JoinAsync(person, home);
        var one = $"/api/units/{unit}";
        await walk.DoAsync(admin, "updateUnit", "PATCH", one, new { name = "South" });
        await walk.DoAsync(admin, "addMember", "POST", $"{one}/members", new { person = person.Value });
        await walk.DoAsync(admin, "removeMember", "DELETE", $"{one}/members/{person}");
        var lines = $"email,name\n{Some.Email("imported")},Somebody\n";
        await walk.DoAsync(admin, "reportMemberImport", "POST", $"{one}/members/import-report", Walk.Text(lines, "text/csv"));
        await walk.DoAsync(admin, "importMembers", "POST", $"{one}/members/import", Walk.Text(lines, "text/csv"));
        var role = await walk.DoAsync(admin, "createRole", "POST", $"/api/units/{home}/roles", new { name = "Reader", permissions = Reads });
        var named = Walk.Word(role, "id");
        await walk.DoAsync(admin, "updateRole", "PUT", $"/api/units/{home}/roles/{named}", new { name = "Reader", permissions = ReadsAndExports });
        await walk.DoAsync(admin, "removeRole", "DELETE", $"/api/units/{home}/roles/{named}");
        await walk.DoAsync(admin, "giveRole", "POST", "/api/access/grants", new { person = person.Value, role = "viewer", place = $"unit:{home}" });
        var grant = await walk.Server.QueryAsync<long>(
            "select id from access.grants where subject_id = @id and role = 'viewer' and ended_at is null", new { id = person.Value });
        await walk.DoAsync(admin, "takeRole", "DELETE", $"/api/access/grants/{grant}");
        await walk.DoAsync(admin, "setUnitSecurity", "PUT", $"{one}/security", new { secondFactorForEveryone = true });
        await walk.DoAsync(admin, "removeUnit", "DELETE", one);
        await walk.DoAsync(admin, "restoreUnit", "POST", $"{one}/restoration");
    }

    private static async Task InvitationsAsync(Walk walk, Browser admin, long home)
    {
        var first = await walk.DoAsync(admin, "createInvitation", "POST", $"/api/units/{home}/invitations", new { uses = 2 });
        var token = Walk.Word(first, "link").Split('#')[^1];
        await walk.DoAsync(new Browser(walk.Server.CreateClient()), "readInvitation", "POST", "/api/invitations/reading", new { token });
        var joining = await walk.Server.SignedInAsync("", 0);
        await walk.DoAsync(joining, "acceptInvitation", "POST", "/api/invitations/acceptance", new { token });
        await walk.DoAsync(admin, "revokeInvitation", "DELETE", $"/api/invitations/{Walk.Number(first, "id")}");
    }

    private static async Task FactorsAsync(Walk walk, Browser admin)
    {
        var (email, _) = await walk.Server.PersonAsync();
        var owner = new Browser(walk.Server.CreateClient("127.0.31.1"));
        owner.Keep(await walk.DoAsync(owner, "signIn", "POST", "/api/session", new { email, password = Some.Password }));
        var begun = await walk.DoAsync(owner, "beginTotp", "POST", "/api/account/factors/totp", new { });
        var app = new AuthenticatorApp(walk.Server.Clock, Walk.Word(begun, "secret"));
        await walk.DoAsync(owner, "activateTotp", "POST", "/api/account/factors/totp/activation", new { code = app.FreshCode() });
        await walk.DoAsync(owner, "confirmSession", "POST", "/api/session/confirmation", new { password = Some.Password, totp = app.FreshCode() });
        await walk.DoAsync(owner, "renewRecoveryCodes", "POST", "/api/account/factors/recovery-codes", new { });
        using var passkey = new SoftPasskey(EveryChangeIsWrittenTests.Home);
        var question = await walk.DoAsync(owner, "askNewPasskey", "POST", "/api/account/factors/passkeys/question", new { });
        var added = await walk.DoAsync(owner, "addPasskey", "POST", "/api/account/factors/passkeys", new { name = "Phone", passkey = passkey.Register(question) });
        var factors = await owner.GetAsync("/api/account/factors");
        var id = Walk.Number(added, "id") is > 0 and var given ? given : Walk.Number(factors["passkeys"]?[0] ?? added, "id");
        await walk.DoAsync(owner, "renamePasskey", "PATCH", $"/api/account/factors/passkeys/{id}", new { name = "My phone" });
        var again = new Browser(walk.Server.CreateClient("127.0.31.2"));
        var challenge = await again.PostAsync("/api/session", new { email, password = Some.Password });
        again.Keep(await walk.DoAsync(again, "completeSignIn", "POST", "/api/session/factor", new { ticket = Walk.Word(challenge, "ticket"), totp = app.FreshCode() }));
        var guest = new Browser(walk.Server.CreateClient("127.0.31.3"));
        var asked = await walk.DoAsync(guest, "askPasskey", "POST", "/api/session/passkey-question", new { });
        guest.Keep(await walk.DoAsync(guest, "signInWithPasskey", "POST", "/api/session/passkey", new { passkey = passkey.Answer(asked) }));
        await walk.DoAsync(owner, "askPasskeyToConfirm", "POST", "/api/session/confirmation-question", new { });
        await walk.DoAsync(owner, "confirmSession", "POST", "/api/session/confirmation", new { password = Some.Password, totp = app.FreshCode() });
        await ResetsAsync(walk, admin, owner, email);
        await walk.DoAsync(owner, "removePasskey", "DELETE", $"/api/account/factors/passkeys/{id}");
        await walk.DoAsync(owner, "removeTotp", "DELETE", "/api/account/factors/totp");
    }

    private static async Task ResetsAsync(Walk walk, Browser admin, Browser owner, string email)
    {
        var reset = $"/api/accounts/{owner.AccountId}/factor-reset";
        await walk.DoAsync(admin, "askFactorReset", "POST", reset, new { });
        var token = (await walk.LettersToAsync(email)).SelectMany(letter => letter.Body.Split('\n'))
            .Single(line => line.Contains("/cancel-reset#", StringComparison.Ordinal)).Split('#')[1].Trim();
        await walk.DoAsync(new Browser(walk.Server.CreateClient("127.0.31.4")), "cancelFactorResetByLink", "POST", "/api/factor-resets/cancellation", new { token });
        await walk.DoAsync(admin, "askFactorReset", "POST", reset, new { });
        await walk.DoAsync(admin, "cancelFactorReset", "DELETE", reset);
        await walk.DoAsync(admin, "askFactorReset", "POST", reset, new { });
        await walk.DoAsync(owner, "cancelOwnReset", "DELETE", "/api/account/factors/reset");
    }

    private static async Task PasswordsAsync(Walk walk, Browser admin)
    {
        var (email, id) = await walk.Server.PersonAsync();
        var owner = new Browser(walk.Server.CreateClient("127.0.32.1"));
        await owner.SignInAsync(email, Some.Password);
        await walk.DoAsync(owner, "replaceOwnPassword", "PUT", "/api/account/password", new { old = Some.Password, @new = Some.OtherPassword });
        var nobody = new Browser(walk.Server.CreateClient("127.0.32.2"));
        await walk.DoAsync(nobody, "askPasswordReset", "POST", "/api/password-resets", new { email });
        var token = (await walk.LettersToAsync(email)).Last(letter => letter.Body.Contains('#', StringComparison.Ordinal)).Link.Fragment[1..];
        await walk.DoAsync(nobody, "completePasswordReset", "POST", "/api/password-resets/completion", new { token, password = Some.Password });
        var script = walk.Server.CreateClient("127.0.32.3");
        await walk.DoAsync(new Browser(script), "askPasswordReset", "POST", "/v1/users/reset/initiate", new { email });
        var second = (await walk.LettersToAsync(email)).Last(letter => letter.Body.Contains('#', StringComparison.Ordinal)).Link.Fragment[1..];
        script.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", second);
        await walk.DoAsync(new Browser(script), "completePasswordReset", "POST", "/v1/users/reset/verify", new { @new = Some.OtherPassword });
        await walk.DoAsync(admin, "unlockAccount", "POST", $"/api/accounts/{id}/unlock");
    }

    private static async Task CentralAsync(Walk walk, Browser admin)
    {
        var email = Some.Email("central");
        var made = Walk.Number(await walk.DoAsync(admin, "createUser", "POST", "/v1/users", new { email, password = Some.Password }), "id");
        await walk.DoAsync(admin, "updateUser", "PATCH", $"/v1/users/{made}", new { displayName = "Central" });
        await walk.DoAsync(admin, "assignRole", "POST", $"/v1/assignments/admin/{made}");
        await walk.DoAsync(admin, "removeRole", "DELETE", $"/v1/assignments/admin/{made}");
        var client = walk.Server.CreateClient("127.0.33.1");
        var script = new Browser(client);
        var session = Walk.Word(await walk.DoAsync(script, "createSession", "POST", "/v1/sessions", new { email, password = Some.Password }), "token");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", session);
        await walk.DoAsync(script, "replacePassword", "PUT", $"/v1/users/{made}/password", new { old = Some.Password, @new = Some.OtherPassword });
        client.DefaultRequestHeaders.Authorization = null;
        var third = Walk.Word(await script.PostAsync("/v1/sessions", new { email, password = Some.OtherPassword }), "token");
        var fourth = Walk.Word(await script.PostAsync("/v1/sessions", new { email, password = Some.OtherPassword }), "token");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", third);
        await walk.DoAsync(script, "endSessionByToken", "DELETE", $"/v1/sessions/{fourth}");
        await walk.DoAsync(script, "endSession", "DELETE", "/v1/sessions/current");
        await walk.DoAsync(admin, "deleteUser", "DELETE", $"/v1/users/{made}");
    }

    private static async Task OwnAsync(Walk walk)
    {
        var admin = await walk.Server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var owner = await walk.Server.SignedInAsync("viewer", project);
        await walk.DoAsync(owner, "setLanguage", "PUT", "/api/account/language", new { language = "fr" });
        await walk.DoAsync(owner, "createToken", "POST", "/api/account/tokens", new { name = "Script", scopes = ReadScope });
        var made = await walk.DoAsync(owner, "createAppPassword", "POST", "/api/account/app-passwords", new { name = "Phone", project });
        await walk.DoAsync(owner, "revokeToken", "DELETE", $"/api/account/tokens/{Walk.Number(made["token"] ?? made, "id")}");
        var list = await owner.GetAsync("/api/account/sessions");
        await walk.DoAsync(owner, "endOtherSessions", "DELETE", "/api/account/sessions");
        var other = await walk.Server.SignedInAsync("", 0);
        var own = (await other.GetAsync("/api/account/sessions"))["items"]?[0] ?? list;
        await walk.DoAsync(other, "endOneSession", "DELETE", $"/api/account/sessions/{Walk.Number(own, "id")}");
        await walk.DoAsync(owner, "disownAccess", "POST", "/api/account/disown");
        var leaving = await walk.Server.SignedInAsync("", 0);
        await walk.DoAsync(leaving, "signOut", "DELETE", "/api/session");
    }

    private static async Task SupportAsync(Walk walk)
    {
        var stage = await SupportStage.BuildAsync(walk.Server);
        var given = await walk.DoAsync(stage.Admin, "giveSupportAccess", "POST", "/api/support-access", stage.Wish());
        await walk.DoAsync(stage.Admin, "endSupportAccess", "DELETE", $"/api/support-access/{Walk.Number(given, "id")}");
        var place = new { kind = "project", id = stage.Project };
        foreach (var (id, end) in new[] { ("approveSupportAccess", "approval"), ("declineSupportAccess", "refusal") })
        {
            var asked = await walk.DoAsync(
                stage.Operator, "askSupportAccess", "POST", "/api/support-access/requests", new { place, hours = 2, ticket = "T-1", reason = SupportStage.Reason });
            await walk.DoAsync(stage.Admin, id, "POST", $"/api/support-access/{Walk.Number(asked, "id")}/{end}", new { });
        }

        await walk.DoAsync(stage.Operator, "askBreakGlass", "POST", "/api/break-glass", new { place, minutes = 30, reason = SupportStage.Reason });
    }
}
