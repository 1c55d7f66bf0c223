using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Setup;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Brings people and phones onto a test server.</summary>
internal static class Actors
{
    /// <summary>The first administrator's address.</summary>
    public const string AdminEmail = "organisationadmin@example.org";

    private static readonly SemaphoreSlim SettingUp = new(1);
    private static readonly Actor Operator = Actor.System(Door.CommandLine);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gives a browser signed in as the administrator; sets the server up first if nobody did.</summary>
    public static async Task<Browser> OrganisationAdminAsync(this TestServer server)
    {
        await SettingUp.WaitAsync(Token);
        try
        {
            if (await server.Services.GetRequiredService<SetupState>().IsNeededAsync(Token))
            {
                var setUp = server.Services.GetRequiredService<SetUpInstallation>();
                var answers = new SetupAnswers("Plum Relief", "Organisation admin", AdminEmail, Some.Password, null);
                await setUp.RunAsync(Operator, answers, Token);
            }
        }
        finally
        {
            SettingUp.Release();
        }

        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(AdminEmail, Some.Password);
        return browser;
    }

    /// <summary>Creates an account and gives it a role in a project, if any.</summary>
    public static async Task<(string Email, ActorId Id)> PersonAsync(
        this TestServer server, string role = "", long project = 0, string? email = null)
    {
        var address = email ?? Some.Email(role.Length > 0 ? role : "person");
        var account = await server.Services.GetRequiredService<CreateAccount>()
            .RunAsync(Operator, new NewAccount(address, "A " + role, Some.Password, []), Token);
        if (role.Length > 0)
        {
            await server.AssignAsync(account.Id, role, project, isHeld: true);
        }

        return (address, account.Id);
    }

    /// <summary>Gives a role or takes it away.</summary>
    public static async Task AssignAsync(this TestServer server, ActorId person, string role, long project, bool isHeld)
    {
        var found = await server.Services.GetRequiredService<ProjectQueries>().GetRefAsync(new ProjectId(project), Token);
        await server.Services.GetRequiredService<AssignRole>().RunAsync(Operator, found, person, role, isHeld, Token);
    }

    /// <summary>Creates a person with a role in a project and gives their browser, signed in.</summary>
    public static async Task<Browser> SignedInAsync(this TestServer server, string role, long project)
    {
        var (email, _) = await server.PersonAsync(role, project);
        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        return browser;
    }

    /// <summary>Creates a project and gives its id.</summary>
    public static async Task<long> ProjectAsync(this Browser admin, string? name = null) =>
        (await admin.PostAsync("/api/projects", new { name = name ?? Some.Name("project") }))["id"]!.GetValue<long>(); // a project has an id

    /// <summary>Creates an app user and gives its id and token.</summary>
    public static async Task<(long Id, string Token)> AppUserAsync(this Browser admin, long project)
    {
        var made = await admin.PostAsync($"/api/projects/{project}/app-users", new { displayName = Some.Name("enumerator") });
        return (made["id"]!.GetValue<long>(), made["token"]!.GetValue<string>()); // an app user has both
    }
}
