using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Access;

/// <summary>How an address answers, as far as access is concerned.</summary>
internal enum MatrixOutcome
{
    /// <summary>The policy let it pass, whatever came then.</summary>
    Passes,

    /// <summary>403: may be seen and not be done.</summary>
    Denied,

    /// <summary>404: as if it were not there.</summary>
    Hidden,

    /// <summary>401.</summary>
    SignIn,
}

/// <summary>Where a role is tried.</summary>
internal enum MatrixPlace
{
    /// <summary>In the project where it is held, or on the server.</summary>
    Own,

    /// <summary>In another project.</summary>
    Other,

    /// <summary>In the project where it is held, in the trash.</summary>
    Trashed,
}

/// <summary>Someone who asks.</summary>
/// <param name="Name">The role, or who else it is.</param>
/// <param name="Role">A column of the table; empty for who holds none.</param>
/// <param name="Reach">Where the role is held: nowhere, in the project, in the home organisation, at the server, or in another organisation.</param>
internal sealed record MatrixSubject(string Name, string Role, MatrixReach Reach)
{
    /// <summary>The account; 0 for nobody.</summary>
    public ActorId Account { get; init; }
}

/// <summary>Where a subject holds its role.</summary>
internal enum MatrixReach
{
    /// <summary>Nobody is signed in.</summary>
    Nobody,

    /// <summary>Signed in, with no role anywhere.</summary>
    Nowhere,

    /// <summary>In one project, and in its twin in the trash.</summary>
    Project,

    /// <summary>In the home organisation.</summary>
    Home,

    /// <summary>At the server itself.</summary>
    Installation,

    /// <summary>In another organisation of the same server.</summary>
    Elsewhere,
}

/// <summary>The people, projects and forms that the matrix is asked with.</summary>
internal sealed partial class MatrixStage
{
    // Addresses that end what they are asked with, or what everything else needs: each gets a project or a session of its own.
    private static readonly HashSet<string> Endings = new(StringComparer.Ordinal)
    {
        "deleteProject", "deleteForm", "discardDraft", "publishDraft", "restoreForm",
    };

    // An invitation says which unit it is to; who may end it depends on that, as InvitationTests show.
    private const string OneInvitation = "/api/invitations/{id}";

    // Addresses that end every session but the one they are asked with.
    private static readonly HashSet<string> EndOfSessions = new(StringComparer.Ordinal) { "endOtherSessions" };

    // Who may not see an account is told that there is none.
    private static readonly HashSet<string> OneAccount = new(StringComparer.Ordinal)
    {
        "/v1/users/{id}", "/api/accounts/{id}/access-log", "/api/accounts/{id}/unlock",
    };

    private static readonly HashSet<string> Whoami = new(StringComparer.Ordinal) { "/v1/sessions/current", "/v1/users/current" };

    private readonly TestServer _server;
    private readonly Browser _admin;
    private readonly Dictionary<ActorId, AuthenticationHeaderValue> _tokens = [];
    private readonly Dictionary<MatrixPlace, long> _projects = [];

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
        var stage = new MatrixStage(server, admin);
        foreach (var place in Enum.GetValues<MatrixPlace>())
        {
            stage._projects[place] = await stage.ProjectAsync();
        }

        var people = new List<MatrixSubject> { new("anonymous", "", MatrixReach.Nobody), await stage.PersonAsync("stranger", "", MatrixReach.Nowhere) };
        foreach (var role in new[] { RolePermissions.Manager, RolePermissions.Viewer, RolePermissions.Collector })
        {
            people.Add(await stage.PersonAsync(role, role, MatrixReach.Project));
        }

        people.Add(await stage.PersonAsync("organisation admin", RolePermissions.Admin, MatrixReach.Home));
        people.Add(await stage.PersonAsync("operator", RolePermissions.Operator, MatrixReach.Installation));
        people.Add(await stage.PersonAsync("admin of another organisation", RolePermissions.Admin, MatrixReach.Elsewhere));
        stage.Subjects = people;
        using var trashed = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{stage._projects[MatrixPlace.Trashed]}");
        Assert.True(trashed.IsSuccessStatusCode);
        return stage;
    }

    /// <summary>Gives the places where an address is asked.</summary>
    public static IReadOnlyList<MatrixPlace> PlacesOf(Operation operation) =>
        operation.Path.Contains("{projectId}", StringComparison.Ordinal) ? Enum.GetValues<MatrixPlace>() : [MatrixPlace.Own];

    /// <summary>Says how an address must answer; null when it is not asked so.</summary>
    public static MatrixOutcome? Expect(Operation operation, MatrixSubject subject, MatrixPlace place)
    {
        // A secret in the address decides there: other tests guess at those.
        if (operation.Path.Contains("{token}", StringComparison.Ordinal) || operation.Path == OneInvitation || IsAboutSigningIn(operation))
        {
            return null;
        }

        if (subject.Reach == MatrixReach.Nobody)
        {
            // ODK Central tells nobody who is signed in with 404.
            return Whoami.Contains(operation.Path) ? MatrixOutcome.Hidden
                : operation.Callers.Contains("anonymous") ? MatrixOutcome.Passes : MatrixOutcome.SignIn;
        }

        if (!operation.Callers.Contains("session"))
        {
            return null;
        }

        return operation.Path.Contains("{projectId}", StringComparison.Ordinal)
            ? ExpectInProject(operation, subject, place)
            : ExpectOnServer(operation, subject);
    }

    /// <summary>Gives the address to ask.</summary>
    public async Task<string> AddressOfAsync(Operation operation, MatrixSubject subject, MatrixPlace place, MatrixOutcome expected)
    {
        var project = expected == MatrixOutcome.Passes && Endings.Contains(operation.Id)
            ? await ProjectOfAsync(subject)
            : _projects[place];
        var isOfAccount = OneAccount.Contains(operation.Path) || operation.Path.StartsWith("/api/accounts/{id}/", StringComparison.Ordinal);
        var account = isOfAccount ? (await _server.PersonAsync()).Id.ToString() : "999999999";
        var home = await _server.Services.GetRequiredService<Places>().HomeAsync(Token);
        return Parameter().Replace(operation.Path, match => match.Groups["name"].Value switch
        {
            "id" => account,
            "unitId" => home.Value.ToString(),
            "projectId" => project.ToString(),
            "formId" => Village.FormId,
            "instanceId" or "versionId" or "uuid" => "uuid:00000000-0000-0000-0000-000000000001",
            "version" => "1",
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

        if (expected == MatrixOutcome.Passes && !operation.IsSafe && !operation.Path.Contains("{projectId}", StringComparison.Ordinal))
        {
            if (EndOfSessions.Contains(operation.Id))
            {
                _tokens.Remove(subject.Account);
            }

            return await BearerAsync(subject.Account);
        }

        return _tokens.TryGetValue(subject.Account, out var known) ? known : _tokens[subject.Account] = await BearerAsync(subject.Account);
    }

    private static MatrixOutcome ExpectInProject(Operation operation, MatrixSubject subject, MatrixPlace place)
    {
        var isHere = subject.Reach == MatrixReach.Home || (subject.Reach == MatrixReach.Project && place != MatrixPlace.Other);
        if (!isHere || place == MatrixPlace.Trashed)
        {
            return MatrixOutcome.Hidden;
        }

        return operation.Actions.All(action => RoleTable.Allows(subject.Role, action)) ? MatrixOutcome.Passes : MatrixOutcome.Denied;
    }

    // Without a project an address asks about the home organisation or the server, neither of which is a secret.
    private static MatrixOutcome? ExpectOnServer(Operation operation, MatrixSubject subject)
    {
        if (OneAccount.Contains(operation.Path))
        {
            return subject.Reach == MatrixReach.Installation ? MatrixOutcome.Passes : MatrixOutcome.Hidden;
        }

        if (operation.Actions.Count == 0)
        {
            return MatrixOutcome.Passes;
        }

        // What such an address is about says whose it is, not where it lies.
        if (operation.Actions.Any(action => action.StartsWith("submission.", StringComparison.Ordinal)))
        {
            return null;
        }

        var isEnough = operation.Actions.All(action => RoleTable.Allows(subject.Role, action)) && action(operation) switch
        {
            // Who may read the book anywhere gets what they may read.
            "audit.read" => true,
            "project.create" or "project.assign" or "unit.read" or "unit.update" or "member.list" or "member.update" => subject.Reach == MatrixReach.Home,
            _ => subject.Reach == MatrixReach.Installation,
        };
        return isEnough ? MatrixOutcome.Passes : MatrixOutcome.Denied;

        static string action(Operation operation) => operation.Actions[0];
    }

    // Signing in and out is everyone's; how phones announce a submission tells nothing but a size.
    private static bool IsAboutSigningIn(Operation operation) =>
        operation.Method == "HEAD" || operation.Path is "/api/session" or "/api/setup" or "/v1/sessions" or "/v1/sessions/restore";

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
        else if (reach != MatrixReach.Nowhere)
        {
            await GrantAsync(id, role, reach);
        }

        return new MatrixSubject(name, role, reach) { Account = id };
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
