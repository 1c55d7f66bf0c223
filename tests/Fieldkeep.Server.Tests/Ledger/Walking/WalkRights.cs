using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Health.Alerts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger.Walking;

/// <summary>Walks through texts, consents and the removal of accounts.</summary>
internal static class WalkRights
{
    /// <summary>Does all of it.</summary>
    public static async Task RunAsync(Walk walk, Browser admin, long home)
    {
        await walk.DoAsync(admin, "publishText", "POST", "/api/texts", new { kind = "terms", body = "Be kind." });
        await walk.DoAsync(admin, "agreeForUnit", "POST", $"/api/units/{home}/agreements", new { kind = "terms", version = 1 });
        await walk.DoAsync(admin, "askArchive", "POST", $"/api/units/{home}/archives");
        await walk.DoAsync(admin, "setSecurityContact", "PUT", "/api/security-contact", new { contact = "mailto:security@example.org" });
        var witness = (await walk.DoAsync(admin, "addWitness", "POST", "/api/ledger/witnesses", new { kind = "mail", address = "keeper@example.org", every = "day" }))["witness"]?["id"];
        await walk.DoAsync(admin, "sendToWitness", "POST", $"/api/ledger/witnesses/{witness}/sending");
        await walk.DoAsync(admin, "removeWitness", "DELETE", $"/api/ledger/witnesses/{witness}");
        await WalkHealthAsync(walk, admin);
        await WalkIncidentsAsync(walk, admin);
        await WalkLimitsAsync(walk, admin);
        await WalkRecoveriesAsync(walk, admin);
        var (email, id) = await walk.Server.PersonAsync();
        var owner = new Browser(walk.Server.CreateClient("127.0.36.1"));
        await owner.SignInAsync(email, Some.Password);
        await walk.DoAsync(owner, "giveConsent", "POST", "/api/account/consents", new { kind = "terms", version = 1 });
        await walk.DoAsync(owner, "withdrawConsent", "DELETE", "/api/account/consents/terms");
        await walk.DoAsync(owner, "removeOwnAccount", "POST", "/api/account/removal", new { email, projects = Array.Empty<object>() });
        var token = (await walk.LettersToAsync(email)).SelectMany(letter => letter.Body.Split('\n'))
            .Single(line => line.Contains("/cancel-removal#", StringComparison.Ordinal)).Split('#')[1].Trim();
        await walk.DoAsync(new Browser(walk.Server.CreateClient("127.0.36.2")), "cancelRemovalByLink", "POST", "/api/removals/cancellation", new { token });
        var removal = $"/api/accounts/{id}/removal";
        await walk.DoAsync(admin, "askRemoval", "POST", removal, new { reason = "left the organisation" });
        await walk.DoAsync(await SecondOperatorAsync(walk, admin), "agreeRemoval", "POST", $"{removal}/agreement");
        await walk.DoAsync(admin, "cancelRemoval", "DELETE", removal);
    }

    private static async Task WalkHealthAsync(Walk walk, Browser admin)
    {
        var recipient = (await walk.DoAsync(admin, "addAlertRecipient", "POST", "/api/health/recipients", new { kind = "mail", address = "duty@example.org" }))["recipient"]?["id"];
        await walk.DoAsync(admin, "testAlert", "POST", "/api/health/alerts/test");
        await walk.DoAsync(admin, "removeAlertRecipient", "DELETE", $"/api/health/recipients/{recipient}");
        await using (var tx = await walk.Server.Services.GetRequiredService<Db>().BeginAsync(TestContext.Current.CancellationToken))
        {
            var happened = new AlertEvent("disk", AlertEventKind.Opened, CheckOutcome.Warning("disk.low"), walk.Server.Clock.GetUtcNow());
            await AlertRows.WriteAsync(tx, "here", happened, TestContext.Current.CancellationToken);
            await tx.CommitAsync(TestContext.Current.CancellationToken);
        }

        var alert = await walk.Server.QueryAsync<long>("select max(id) from health.alerts");
        await walk.DoAsync(admin, "acknowledgeAlert", "POST", $"/api/health/alerts/{alert}/acknowledgement", new { note = "known" });
    }

    private static async Task WalkIncidentsAsync(Walk walk, Browser admin)
    {
        var facts = new { kind = "incident", title = "Sending is slow", impact = "slower", text = "We look into it." };
        var path = $"/api/incidents/{(await walk.DoAsync(admin, "openIncident", "POST", "/api/incidents", facts))["id"]}";
        await walk.DoAsync(admin, "correctIncident", "PUT", path, new { revision = 1, title = "Sending is very slow", impact = "partly" });
        await walk.DoAsync(admin, "tellIncident", "POST", $"{path}/updates", new { revision = 2, state = "over", text = "It is over." });
        await walk.DoAsync(admin, "writePostMortem", "PUT", $"{path}/post-mortem", new { revision = 3, text = "A disk was worn." });
        await walk.DoAsync(admin, "withdrawIncident", "PUT", $"{path}/withdrawal", new { revision = 4, isWithdrawn = true });
    }

    private static async Task WalkLimitsAsync(Walk walk, Browser admin)
    {
        await walk.DoAsync(admin, "setLimits", "PUT", "/api/limits", new { requestsAMinute = 20_000 });
        var project = $"/api/limits/projects/{await admin.ProjectAsync()}";
        await walk.DoAsync(admin, "setProjectLimits", "PUT", project, new { submissionsAnHour = 1000 });
        var why = new { reason = "Too much at once.", contact = "help@example.org" };
        await walk.DoAsync(admin, "suspendProject", "PUT", $"{project}/suspension", why);
        await walk.DoAsync(admin, "liftProjectSuspension", "DELETE", $"{project}/suspension");
        var (_, id) = await walk.Server.PersonAsync();
        var account = $"/api/limits/accounts/{id}";
        await walk.DoAsync(admin, "setAccountLimits", "PUT", account, new { requestsAMinute = 600 });
        await walk.DoAsync(admin, "suspendAccount", "PUT", $"{account}/suspension", why);
        await walk.DoAsync(admin, "liftAccountSuspension", "DELETE", $"{account}/suspension");
    }

    private static async Task WalkRecoveriesAsync(Walk walk, Browser admin)
    {
        var wanted = new { project = await admin.ProjectAsync(), at = "latest" };
        await walk.DoAsync(admin, "previewRecovery", "POST", "/api/recoveries/preview", wanted);
        await walk.DoAsync(admin, "askRecovery", "POST", "/api/recoveries", wanted);
    }

    private static async Task<Browser> SecondOperatorAsync(Walk walk, Browser admin)
    {
        var token = TestContext.Current.CancellationToken;
        var (email, id) = await walk.Server.PersonAsync();
        await using (var tx = await walk.Server.Services.GetRequiredService<Db>().BeginAsync(token))
        {
            var grant = new Grant(Subject.Of(id), RolePermissions.Operator, Scope.Installation);
            await walk.Server.Services.GetRequiredService<GrantRows>().AddAsync(tx, Actor.System(Door.CommandLine), grant, token);
            await tx.CommitAsync(token);
        }

        walk.Server.Services.GetRequiredService<Policy>().Forget();
        var second = new Browser(walk.Server.CreateClient("127.0.36.3"));
        await second.SignInAsync(email, Some.Password);
        return second;
    }
}
