using System.Text.RegularExpressions;
using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

/// <summary>
/// Says that the Access room alone decides who may do what: nobody else looks at the kind of an actor, compares ids of actors or names of
/// roles, reads the roles that somebody holds, or reads the tables of grants; and that every address asks the policy.
/// </summary>
public sealed partial class OnePolicyTests
{
    private const string Policy = "Fieldkeep.Server.Access.Policy";
    private const string WhoAsks = "Fieldkeep.Server.Access.WhoAsks";

    private static readonly HashSet<string> Questions =
    [
        "DecideAsync", "DecideAtDraftAsync", "RequireAsync", "RequireAtDraftAsync", "HasAsync", "HasRightThereAsync", "HoldsAllOfAsync",
        "ScopesWithAsync", "RequireFresh",
    ];

    // Each with the reason why it is no decision.
    private static readonly Dictionary<string, string> LookAtKinds = new(StringComparer.Ordinal)
    {
        ["Audit.AuditLog"] = "writes into the book what kind of actor it was",
        ["Exports.Jobs.ExportGate"] = "counts what each actor has going on",
        ["Exports.Pages.PagePlaces"] = "keeps places in lists apart, one memory for each actor",
        ["Submissions.Intake.FindBelonging"] = "holds the actor of a number to what sent a submission, so that nobody else is taken for it",
        ["Submissions.Intake.KeptActor"] = "writes down what kind of actor sent it",
        ["Submissions.Stages.EnterDeployment"] = "notes that a submission has no sender who could see it again",
        ["Wire.Shared.ActorResolver"] = "makes the actor, and tells nobody from somebody",
        ["Wire.Shared.Caller"] = "writes it for logs",
    };

    private static readonly Dictionary<string, string> CompareActors = new(StringComparer.Ordinal)
    {
        ["Accounts.External.CompleteExternalSignIn"] = "holds the identity that was shown to the account that it is linked to",
        ["Accounts.Factors.CompleteSignIn"] = "holds the passkey that was shown to the account of the password",
        ["Accounts.Factors.ConfirmSession"] = "holds the password that was shown to the account of the session",
        ["Accounts.LastAdministrators"] = "keeps the last administrator, whoever asks",
        ["Accounts.ReplacePassword"] = "holds the password that was shown to the account of the session",
        ["Accounts.UpdateAccount"] = "holds the password that was shown to the account of the session",
        ["Deployments.Stages.StageMachine"] = "four eyes: who sent or approved a version does not approve it",
        ["Submissions.RowRules"] = "compares rules with rules",
        ["Submissions.Stages.DeployedRows"] = "tells of one submission what the limit of statements tells of all: who sent it first",
        ["Submissions.Stages.StageGate"] = "tells a correction by the phone that sent it from an edit",
        ["SupportAccess.SupportLetters"] = "writes to all owners but the operator",
        ["SupportAccess.SupportOperators"] = "finds someone in a list",
        ["Wire.CentralV1.ReplaceProject"] = "compares two lists of assignments",
        ["Wire.Shared.Passkeys.PasskeyCeremonies"] = "holds the answer of a passkey to the question that was asked",
        ["Wire.Shared.Passkeys.PasskeyStore"] = "holds a passkey to its account",
    };

    private static readonly Dictionary<string, string> ReadHeldRoles = new(StringComparer.Ordinal)
    {
        ["Deployments.DeploymentRoles"] = "reads what someone is to a deployment out of the roles that the policy found",
        ["Deployments.FindDeployments"] = "shows people their own roles",
        ["Organisations.People.ExplainAccess"] = "explains the policy's answer",
        ["Submissions.FindRowLimits"] = "turns the roles that the policy found into limits of rows",
        ["Submissions.Stages.DeployedRows"] = "the table of decision 0028 over the roles that the policy found",
        ["Wire.Api.AccessReason"] = "shows the policy's answer",
    };

    private static readonly Dictionary<string, string> CompareRoleNames = new(StringComparer.Ordinal)
    {
        ["Accounts.AssignRole"] = "looks at the role that is given, not at one that is held",
        ["Accounts.Limited.GiveLimitedRole"] = "looks at the role that is given, not at one that is held",
        ["Deployments.DeployPeople"] = "looks at the role that is given, not at one that is held",
        ["Organisations.People.EndGrant"] = "looks at the role that is given, not at one that is held",
        ["Organisations.People.GiveGrant"] = "looks at the role that is given, not at one that is held",
        ["Organisations.People.ImportResolver"] = "reads the names of roles in a file",
        ["Organisations.People.RemoveMember"] = "keeps the last administrator, whoever asks",
        ["Organisations.Roles.RoleRights"] = "looks at the role that is given, not at one that is held",
        ["Rights.Removal.BeginRemoval"] = "keeps the last administrator, whoever asks",
        ["Submissions.Stages.DeployedRows"] = "the table of decision 0028 over the roles that the policy found",
        ["Wire.Api.InvitationsApi"] = "reads the role that is wished for",
    };

    private static readonly Dictionary<string, string> ReadGrants = new(StringComparer.Ordinal)
    {
        ["Accounts.AccountQueries"] = "limits a list to people of the units that the policy named",
        ["Accounts.LastAdministrators"] = "keeps the last administrator, whoever asks",
        ["Organisations.Invitations.InvitationWorth"] = "looks whether an organisation was taken over already, whoever asks",
        ["Organisations.People.ImportPeople"] = "finds out who belongs to the organisation already",
        ["Organisations.People.KnownPeople"] = "tells whether somebody is known where they get a role",
        ["Organisations.People.PeopleQueries"] = "shows who belongs to a unit, after the policy was asked",
        ["Organisations.Units.UnitQueries"] = "counts for the chart, after the policy was asked",
        ["Rights.Removal.RemovalImpacts"] = "shows people what ends with their own account, and keeps the last administrator",
    };

    private static readonly Dictionary<string, string> OpenAddresses = new(StringComparer.Ordinal)
    {
        ["ConfigV1.GetPublicAsync"] = "what the sign-in page shows to everyone",
        ["ConfigV1.ListPublicAsync"] = "what the sign-in page shows to everyone",
        ["ExternalApi.BeginAsync"] = "signing in",
        ["ExternalApi.CompleteAsync"] = "signing in",
        ["ExternalApi.Get"] = "signing in",
        ["ExternalApi.ReceiveAsync"] = "signing in",
        ["FactorResetsApi.GetAsync"] = "the rule for the whole server, for everyone who is signed in",
        ["FactorResetsApi.CancelByLinkAsync"] = "a secret decides: it came in a letter",
        ["HealthRoutes.<MapHealth>b__2_0"] = "tells nothing of anybody",
        ["HealthRoutes.ReadyAsync"] = "tells nothing of anybody",
        ["IncidentsApi.ReadStatusAsync"] = "what operators tell everybody",
        ["LocksApi.UnlockByLetterAsync"] = "a secret decides: it came in a letter",
        ["OpenApiDocuments.<Map>b__0"] = "tells nothing of anybody",
        ["OpenRosaRoutes.Announce"] = "tells a known caller where to send, and how much at once",
        ["OpenRosaRoutes.ListDraftAsync"] = "the secret in the address decides: it opens that draft",
        ["PasswordResetsApi.CompleteAsync"] = "a secret decides: it came in a letter",
        ["PublicLinksV1.GetFormAsync"] = "the secret in the address decides: it opens that form",
        ["RemovalsApi.CancelByLinkAsync"] = "a secret decides: it came in a letter",
        ["RightsApi.ListTextsAsync"] = "terms and notices, for everyone",
        ["RolesV1.Get"] = "the same roles for everyone",
        ["RolesV1.List"] = "the same roles for everyone",
        ["SecurityText.SendAsync"] = "tells nothing of anybody",
        ["SessionApi.GetAsync"] = "tells people who they are",
        ["SessionApi.SignInAsync"] = "signing in",
        ["SessionFactorsApi.AskAsync"] = "signing in",
        ["SessionFactorsApi.AskToConfirmAsync"] = "signing in",
        ["SessionFactorsApi.CompleteAsync"] = "signing in",
        ["SessionFactorsApi.SignInAsync"] = "signing in",
        ["SessionsV1.GetAsync"] = "tells people who they are",
        ["SessionsV1.SignInAsync"] = "signing in",
        ["SetupApi.GetAsync"] = "tells whether the server was set up",
        ["TextsApi.GetAsync"] = "terms and notices as they were published, for everyone",
        ["UsersV1.VerifyAsync"] = "a secret decides: it came in a letter",
    };

    private static readonly IReadOnlyList<CompiledType> Outside =
        [.. Rooms.Server.Types.Where(type => Rooms.Of(type.FullName) is { } room && room is not ("Access" or "Kernel"))];

    private static readonly Addresses Server = new(Rooms.Server.Types);

    private static IReadOnlySet<string> RoleNames => field ??= RoleColumn()
        .Matches(File.ReadLines(Path.Combine(Repository.Root, "docs", "security", "roles.md")).First(line => line.StartsWith("| action |", StringComparison.Ordinal)))
        .Select(match => match.Groups["role"].Value).ToHashSet(StringComparer.Ordinal);

    [Fact]
    public void Nobody_else_looks_at_the_kind_of_an_actor() => AssertOnly(LookAtKinds, Outside.Where(LooksAtKind));

    [Fact]
    public void Nobody_else_compares_actors() => AssertOnly(CompareActors, Outside.Where(ComparesActors));

    [Fact]
    public void Nobody_else_reads_the_roles_that_somebody_holds() => AssertOnly(ReadHeldRoles, Outside.Where(ReadsHeldRoles));

    [Fact]
    public void Nobody_else_compares_names_of_roles() => AssertOnly(CompareRoleNames, Outside.Where(ComparesRoleNames));

    [Fact]
    public void Nobody_else_reads_grants_and_memberships() => AssertOnly(ReadGrants, Outside.Where(ReadsGrants));

    [Fact]
    public void Every_address_asks_the_policy()
    {
        var silent = Server.Handlers.Where(handler => !Asks(handler)).Select(handler => handler.Name).ToHashSet(StringComparer.Ordinal);

        Strays.AssertNone(silent.Except(OpenAddresses.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Strays.AssertNone(OpenAddresses.Keys.Except(silent, StringComparer.Ordinal).Select(name => $"{name} asks: take it off the list"));
    }

    [Fact]
    public void The_test_sees_what_it_looks_for()
    {
        var access = Rooms.Server.Types.Where(type => Rooms.Of(type.FullName) == "Access").ToList();

        Assert.Contains(access, type => type.FullName == WhoAsks && LooksAtKind(type) && ComparesActors(type));
        Assert.Contains(access, type => type.FullName == Policy && ReadsHeldRoles(type));
        Assert.Contains(access, type => type.Name == "HeldRoles" && ComparesRoleNames(type));
        Assert.Contains(access, type => type.Name == "HeldRoles" && ReadsGrants(type));
        Assert.True(Server.Handlers.Count > 250, $"Only {Server.Handlers.Count} handlers were found.");
        Assert.Contains(Server.Handlers, handler => handler is { Name: "PublicLinksApi.ListAsync", IsChecked: true });
        Assert.Contains(Server.Handlers, handler => handler is { Name: "AppUsersApi.CreateAsync", IsChecked: false } && Asks(handler));
        Assert.False(Server.Leads("Fieldkeep.Server.Accounts.PasswordHash", "OfAsync", IsQuestion));
    }

    [Fact]
    public void An_address_whose_operation_asks_nothing_is_seen()
    {
        var without = new Addresses([.. Rooms.Server.Types.Where(type => type.FullName != "Fieldkeep.Server.Accounts.CreateAppUser")]);
        var handler = without.Handlers.Single(one => one.Name == "AppUsersApi.CreateAsync");

        Assert.False(without.Leads(handler.Type, handler.Method, IsQuestion));
    }

    private static bool Asks(Handler handler) => handler.IsChecked || Server.Leads(handler.Type, handler.Method, IsQuestion);

    private static bool IsQuestion(CompiledStep step) =>
        (step.Owner == Policy && Questions.Contains(step.Member)) || step is { Owner: WhoAsks, Member: "RequirePerson" or "IsSelf" or "IsSame" };

    private static bool LooksAtKind(CompiledType type) => type.Steps.Any(step => step is { Owner: "Fieldkeep.Server.Kernel.Actor", Member: "get_Kind" });

    private static bool ComparesActors(CompiledType type) =>
        type.Steps.Any(step => step is { Owner: "Fieldkeep.Server.Kernel.ActorId", Member: "op_Equality" or "op_Inequality" or "Equals" });

    private static bool ReadsHeldRoles(CompiledType type) => type.Steps.Any(step =>
        step is { Owner: "Fieldkeep.Server.Access.HeldRole", Member: "get_Role" } or { Owner: "Fieldkeep.Server.Access.Decision", Member: "get_Because" });

    private static bool ComparesRoleNames(CompiledType type) =>
        type.Steps.Zip(type.Steps.Skip(1)).Any(pair =>
            pair.First.Owner.Length == 0 && RoleNames.Contains(pair.First.Member)
            && pair.Second is { Owner: "System.String", Member: "op_Equality" or "op_Inequality" or "Equals" });

    private static bool ReadsGrants(CompiledType type) => type.Texts.Any(text => GrantTable().IsMatch(text));

    private static void AssertOnly(Dictionary<string, string> allowed, IEnumerable<CompiledType> found)
    {
        var names = found.Select(type => type.FullName["Fieldkeep.Server.".Length..]).ToHashSet(StringComparer.Ordinal);

        Strays.AssertNone(names.Except(allowed.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Strays.AssertNone(allowed.Keys.Except(names, StringComparer.Ordinal).Select(name => $"{name} does not any more: take it off the list"));
    }

    [GeneratedRegex("`(?<role>[a-z-]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RoleColumn();

    [GeneratedRegex(@"\b(from|join)\s+access\.(grants|members|roles)(_view)?\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GrantTable();
}
