using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Tokens;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Server.Wire.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Access;

/// <summary>The people, projects and forms that the matrix is asked with.</summary>
internal sealed partial class MatrixStage
{
    // Addresses that end what they are asked with, or what everything else needs: each gets a project or a session of its own.
    private static readonly HashSet<string> Endings = new(StringComparer.Ordinal)
    {
        "deleteProject", "deleteForm", "discardDraft", "publishDraft", "restoreForm",
    };

    // Addresses that end every session but the one they are asked with.
    private static readonly HashSet<string> EndOfSessions = new(StringComparer.Ordinal) { "endOtherSessions" };

    private static readonly string[] DeploymentRoles =
    [
        RolePermissions.Enumerator, RolePermissions.Approver, RolePermissions.DeploymentViewer, RolePermissions.DeploymentManager,
        RolePermissions.DeploymentAdmin,
    ];

    private readonly TestServer _server;
    private readonly Browser _admin;
    private readonly ConcurrentDictionary<ActorId, AuthenticationHeaderValue> _tokens = new();
    private readonly Dictionary<MatrixPlace, long> _projects = [];
    private long _home;
    private readonly Dictionary<MatrixPlace, (long Deployment, long Stage)> _deployments = [];

    private MatrixStage(TestServer server, Browser admin)
    {
        _server = server;
        _admin = admin;
    }

    /// <summary>Everyone who asks.</summary>
    public IReadOnlyList<MatrixSubject> Subjects { get; private set; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Builds the stage.</summary>
    public static async Task<MatrixStage> BuildAsync(TestServer server)
    {
        var admin = await server.OrganisationAdminAsync();
        var stage = new MatrixStage(server, admin) { _home = await admin.HomeAsync() };
        foreach (var place in Enum.GetValues<MatrixPlace>())
        {
            stage._projects[place] = await stage.ProjectAsync();
            stage._deployments[place] = await stage.DeploymentAsync(stage._projects[place]);
        }

        var people = new List<MatrixSubject> { new("anonymous", "", MatrixReach.Nobody), await stage.PersonAsync("stranger", "", MatrixReach.Nowhere) };
        foreach (var role in new[] { RolePermissions.Manager, RolePermissions.Viewer, RolePermissions.Collector })
        {
            people.Add(await stage.PersonAsync(role, role, MatrixReach.Project));
        }

        people.Add(await stage.PersonAsync("organisation admin", RolePermissions.Admin, MatrixReach.Home));
        people.Add(await stage.PersonAsync("operator", RolePermissions.Operator, MatrixReach.Installation));
        people.Add(await stage.PersonAsync("admin of another organisation", RolePermissions.Admin, MatrixReach.Elsewhere));
        foreach (var role in DeploymentRoles)
        {
            people.Add(await stage.PersonAsync(role, role, MatrixReach.Deployment));
        }

        people.Add(await stage.TokenAsync());
        people.Add(await stage.FormerMemberAsync());
        people.Add(await stage.FormerManagerAsync());
        stage.Subjects = people;
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{stage._projects[MatrixPlace.Trashed]}");
        Assert.True(trashed.IsSuccessStatusCode);
        return stage;
    }

    /// <summary>Gives the address to ask.</summary>
    public async Task<string> AddressOfAsync(Operation operation, MatrixSubject subject, MatrixPlace place, MatrixOutcome expected)
    {
        var project = expected == MatrixOutcome.Passes && Endings.Contains(operation.Id)
            ? await ProjectOfAsync(subject)
            : _projects[place];
        var isOfAccount = MatrixExpectations.IsOfOneAccount(operation) || operation.Path.StartsWith("/api/accounts/{id}/", StringComparison.Ordinal);
        var account = isOfAccount ? (await _server.PersonAsync()).Id.ToString() : "999999999";
        return Parameter().Replace(operation.Path, match => match.Groups["name"].Value switch
        {
            "id" => account,
            "unitId" => _home.ToString(CultureInfo.InvariantCulture),
            "projectId" => project.ToString(),
            "formId" => Village.FormId,
            "instanceId" or "versionId" or "uuid" => "uuid:00000000-0000-0000-0000-000000000001",
            "version" => "1",
            "deploymentId" when subject.Reach == MatrixReach.Deployment => _deployments[place].Deployment.ToString(CultureInfo.InvariantCulture),
            "roleId" => "viewer",
            "table" => "Submissions",
            "key" => "login-appearance",
            "name" or "path" or "repeat" or "propertyName" => "nothing",
            _ => "999999999",
        });
    }

    /// <summary>Gives the credentials; of their own for what might end them.</summary>
    public async Task<AuthenticationHeaderValue?> CredentialsAsync(Operation operation, MatrixSubject subject, MatrixOutcome expected)
    {
        if (subject.Reach == MatrixReach.Nobody)
        {
            return null;
        }

        if (subject.Within is null && expected == MatrixOutcome.Passes && !operation.IsSafe && !operation.Path.Contains("{projectId}", StringComparison.Ordinal))
        {
            if (EndOfSessions.Contains(operation.Id))
            {
                _tokens.TryRemove(subject.Account, out _);
            }

            return await BearerAsync(subject.Account);
        }

        return _tokens.TryGetValue(subject.Account, out var known) ? known : _tokens[subject.Account] = await BearerAsync(subject.Account);
    }

    private async Task<long> ProjectAsync()
    {
        var project = await _admin.ProjectAsync();
        await _admin.UploadAsync(project, Village.Form());
        return project;
    }

    private async Task<long> ProjectOfAsync(MatrixSubject subject)
    {
        var project = await ProjectAsync();
        if (subject.Reach == MatrixReach.Project)
        {
            await _server.AssignAsync(subject.Account, subject.Role, project, isHeld: true);
        }

        return project;
    }

    private async Task<MatrixSubject> PersonAsync(string name, string role, MatrixReach reach)
    {
        var (_, id) = await _server.PersonAsync();
        if (reach == MatrixReach.Project)
        {
            await _server.AssignAsync(id, role, _projects[MatrixPlace.Own], isHeld: true);
            await _server.AssignAsync(id, role, _projects[MatrixPlace.Trashed], isHeld: true);
        }
        else if (reach == MatrixReach.Deployment)
        {
            await DeployAsync(id, role, MatrixPlace.Own);
            await DeployAsync(id, role, MatrixPlace.Trashed);
        }
        else if (reach != MatrixReach.Nowhere)
        {
            await GrantAsync(id, role, reach);
        }

        return new MatrixSubject(name, role, reach) { Account = id };
    }

    private async Task DeployAsync(ActorId person, string role, MatrixPlace place)
    {
        var (deployment, at) = _deployments[place];
        using var given = await _admin.SendAsync(
            HttpMethod.Post,
            $"/api/projects/{_projects[place]}/forms/{Village.FormId}/deployments/{deployment}/people",
            new { role, stageId = role == RolePermissions.Approver ? at : (long?)null, subjectKind = "actor", subjectId = person.Value });
        given.EnsureSuccessStatusCode();
    }

    // A manager's token, for reading in one project.
    private async Task<MatrixSubject> TokenAsync()
    {
        var manager = await PersonAsync("token", RolePermissions.Manager, MatrixReach.Project);
        var actor = new Actor(manager.Account, ActorKind.Account, "Manager", Door.Web, null) { ConfirmedAt = _server.Clock.GetUtcNow() };
        var wanted = new WantedToken(false, "Reading", ["read"], [_projects[MatrixPlace.Own]], [], null);
        var made = await _server.Services.GetRequiredService<CreateAccessToken>().RunAsync(actor, wanted, Token);
        _tokens[manager.Account] = new AuthenticationHeaderValue("Bearer", made.Secret);
        var within = TokenScopes.BoundsOf(wanted.Scopes, null).Permissions ?? new HashSet<string>();
        return manager with
        {
            Within = Enum.GetValues<Permission>().Where(permission => within.Contains(permission.ToString())).Select(DeclaredOperations.NameOf).ToHashSet(),
        };
    }

    // A manager through a team, who reached the project and was then removed from it.
    private async Task<MatrixSubject> FormerMemberAsync()
    {
        var person = await PersonAsync("removed member", "", MatrixReach.Nowhere) with { IsFormer = true };
        var team = await _admin.UnitAsync(await _admin.HomeAsync(), "team");
        await _server.JoinAsync(person.Account, team);
        using var given = await _admin.GiveAsync(RolePermissions.Manager, $"project:{_projects[MatrixPlace.Own]}", unit: team);
        given.EnsureSuccessStatusCode();
        await AssertReachesAsync(person);
        using var removed = await _admin.SendAsync(HttpMethod.Delete, $"/api/units/{team}/members/{person.Account}");
        removed.EnsureSuccessStatusCode();
        return person;
    }

    private async Task<MatrixSubject> FormerManagerAsync()
    {
        var person = await PersonAsync("former manager", "", MatrixReach.Nowhere) with { IsFormer = true };
        await _server.AssignAsync(person.Account, RolePermissions.Manager, _projects[MatrixPlace.Own], isHeld: true);
        await AssertReachesAsync(person);
        await _server.AssignAsync(person.Account, RolePermissions.Manager, _projects[MatrixPlace.Own], isHeld: false);
        return person;
    }

    private async Task AssertReachesAsync(MatrixSubject person)
    {
        using var client = _server.CreateClient(isHeld: false);
        client.DefaultRequestHeaders.Authorization = await BearerAsync(person.Account);
        using var response = await client.GetAsync(new Uri($"/api/projects/{_projects[MatrixPlace.Own]}", UriKind.Relative), Token);
        Assert.True(response.IsSuccessStatusCode, $"{person.Name} is refused before anything ended.");
    }

    private async Task<(long Deployment, long Stage)> DeploymentAsync(long project)
    {
        var made = await _admin.PostAsync(
            $"/api/projects/{project}/forms/{Village.FormId}/deployments",
            new { name = "Matrix", options = new { }, stages = new[] { new { name = "Review" } } });
        return (made["id"]?.GetValue<long>() ?? 0, Deployed.Items(made, "stages")[0]["id"]?.GetValue<long>() ?? 0);
    }

    private async Task GrantAsync(ActorId person, string role, MatrixReach reach)
    {
        var itself = Actor.System(Door.CommandLine);
        await using (var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var scope = reach switch
            {
                MatrixReach.Home => Scope.Of(await Places.HomeAsync(tx, Token)),
                MatrixReach.Installation => Scope.Installation,
                _ => Scope.Of((await _server.Services.GetRequiredService<OrganisationRows>().InsertAsync(tx, itself, Some.Name("relief"), Token)).Unit),
            };
            await _server.Services.GetRequiredService<GrantRows>().AddAsync(tx, itself, new Grant(person, role, scope), Token);
            await tx.CommitAsync(Token);
        }

        _server.Services.GetRequiredService<Policy>().Forget();
    }

    private async Task<AuthenticationHeaderValue> BearerAsync(ActorId account)
    {
        var person = await _server.Services.GetRequiredService<AccountQueries>().FindAsync(account, Token)
            ?? throw new InvalidOperationException("There is no such account.");
        await using var tx = await _server.Services.GetRequiredService<Db>().BeginAsync(Token);
        var session = await _server.Services.GetRequiredService<Sessions>()
            .BeginAsync(tx, person, new SessionTerms(false, false, null), null, Token);
        await tx.CommitAsync(Token);
        return new AuthenticationHeaderValue("Bearer", session.Token);
    }

    [GeneratedRegex(@"\{(?<name>[^}]+)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();
}
