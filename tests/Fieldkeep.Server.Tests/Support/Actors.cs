using System.Runtime.CompilerServices;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
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
    private static readonly ConditionalWeakTable<TestServer, Lazy<Task<string>>> HashOf = [];
    private static readonly Actor Operator = Actor.System(Door.CommandLine);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gives a browser signed in as the administrator.</summary>
    public static async Task<Browser> OrganisationAdminAsync(this TestServer server)
    {
        await server.EnsureSetUpAsync();
        var admin = await server.Services.GetRequiredService<AccountQueries>().FindByEmailAsync(AdminEmail, Token)
            ?? throw new InvalidOperationException("The set-up made no administrator.");
        return await server.BrowserOfAsync(admin);
    }

    /// <summary>Creates an account with <see cref="Some.Password"/> and gives it a role in a project, if any.</summary>
    public static async Task<(string Email, ActorId Id)> PersonAsync(
        this TestServer server, string role = "", long project = 0, string? email = null)
    {
        var account = await server.AccountAsync(role, project, email);
        return (account.Email, account.Id);
    }

    /// <summary>Creates a person with a role in a project and gives their browser, signed in.</summary>
    public static async Task<Browser> SignedInAsync(this TestServer server, string role, long project) =>
        await server.BrowserOfAsync(await server.AccountAsync(role, project, null));

    private static async Task<Account> AccountAsync(this TestServer server, string role, long project, string? email)
    {
        await server.EnsureSetUpAsync();
        var hash = await HashOf.GetValue(
            server, one => new Lazy<Task<string>>(() => one.Services.GetRequiredService<PasswordHash>().OfAsync(Some.Password, Token))).Value;
        var person = new PreparedAccount(email ?? Some.Email(role.Length > 0 ? role : "person"), "A " + role, hash);
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        var account = await server.Services.GetRequiredService<AccountRows>()
            .InsertAsync(tx, Operator, Door.CommandLine, person, Token);
        await tx.CommitAsync(Token);
        if (role.Length > 0)
        {
            await server.AssignAsync(account.Id, role, project, isHeld: true);
        }

        return account;
    }

    // A session without a sign-in: most tests are not about passwords, and one costs a seventh of a second.
    private static async Task<Browser> BrowserOfAsync(this TestServer server, Account account)
    {
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        var session = await server.Services.GetRequiredService<Sessions>()
            .BeginAsync(tx, account, new SessionTerms(true, false, null), null, Token);
        await tx.CommitAsync(Token);
        var browser = new Browser(server.CreateClient()) { Cookie = session.Token };
        browser.Keep(await browser.GetAsync("/api/session"));
        return browser;
    }

    private static async Task EnsureSetUpAsync(this TestServer server)
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
    }

    /// <summary>Gives a role or takes it away.</summary>
    public static async Task AssignAsync(this TestServer server, ActorId person, string role, long project, bool isHeld)
    {
        var found = await server.Services.GetRequiredService<ProjectQueries>().GetRefAsync(new ProjectId(project), Token);
        await server.Services.GetRequiredService<AssignRole>().RunAsync(Operator, RolePlace.Of(found), person, role, isHeld, Token);
    }

    /// <summary>Lets a person belong to a unit.</summary>
    public static async Task JoinAsync(this TestServer server, ActorId person, long unit)
    {
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await server.Services.GetRequiredService<Members>().AddAsync(tx, Operator, new UnitId(unit), person, Token);
        await tx.CommitAsync(Token);
        server.Services.GetRequiredService<Policy>().Forget();
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
