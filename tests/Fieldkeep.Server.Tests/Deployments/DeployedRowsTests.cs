using Fieldkeep.Server.Access;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Stages;
using Xunit;

namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>Semantics S1.1 to S1.10 by every state, as a table: which roles let whom see what. The SQL of it: <c>WhoSeesWhatTests</c>.</summary>
public sealed class DeployedRowsTests
{
    private static readonly ActorId Me = new(7);
    private static readonly FormId Form = new(50);
    private static readonly ProjectId Project = new(5);
    private static readonly Deployment Here = Made(100, isActive: true);
    private static readonly Deployment Closed = Made(200, isActive: false);
    private static readonly Deployment[] All = [Here, Closed];

    // One row each. The deployment has stages 101 and 102.
    private static readonly Dictionary<string, Row> Rows = new(StringComparer.Ordinal)
    {
        ["draft"] = new(100, "draft", 0, 9, []),
        ["own draft"] = new(100, "draft", 0, 7, []),
        ["pending 1"] = new(100, "pending", 101, 9, []),
        ["own pending 1"] = new(100, "pending", 101, 7, []),
        ["pending 2"] = new(100, "pending", 102, 9, []),
        ["rejected"] = new(100, "rejected", 0, 9, []),
        ["rejected, handled"] = new(100, "rejected", 0, 9, [7]),
        ["own rejected"] = new(100, "rejected", 0, 7, []),
        ["final"] = new(100, "final", 0, 9, []),
        ["own final"] = new(100, "final", 0, 7, []),
        ["own of a public link"] = new(100, "pending", 101, 7, [], IsAnonymous: true),
        ["other final"] = new(200, "final", 0, 9, []),
        ["other own"] = new(200, "pending", 201, 7, []),
        ["undeployed"] = new(null, null, 0, 9, []),
        ["own undeployed"] = new(null, null, 0, 7, []),
    };

    private static readonly string[] OfHere = [.. Rows.Where(row => row.Value.Deployment == 100).Select(row => row.Key)];

    public static TheoryData<string, string[]> Matrix => new()
    {
        { "S1.1 design viewer", [] },
        { "S1.2 deployment viewer", ["final", "own final"] },
        { "S1.3, S1.4 enumerator", ["own draft", "own pending 1", "own rejected", "own final"] },
        { "S1.e enumerator of a closed one", [] },
        { "S1.5, S1.6 approver of the first stage", ["pending 1", "own pending 1", "own of a public link", "pending 2", "rejected, handled", "final", "own final"] },
        { "S1.7 approver of the second stage", ["pending 2", "rejected, handled", "final", "own final"] },
        { "S1.8 deployment manager", OfHere },
        { "S1.9 deployment admin", OfHere },
        { "viewer of the project", ["final", "own final", "other final", "undeployed", "own undeployed"] },
        { "viewer of their own", ["own final", "own undeployed"] },
        { "approver of a stage that is gone", [] },
        { "viewer and enumerator", ["final", "own final", "own draft", "own pending 1", "own rejected"] },
        { "collector", [] },
    };

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Each_role_lets_through_what_the_table_of_decision_0028_says(string who, string[] sees)
    {
        var rows = DeployedRows.Of(new Actor(Me, ActorKind.Account, "", Door.Web, null), Held(who), All);

        Assert.Equal(sees.Order(StringComparer.Ordinal), Rows.Where(row => Passes(rows, row.Value)).Select(row => row.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void S1_10_who_changes_the_submissions_of_a_form_reaches_it_whole()
    {
        Assert.True(DeploymentRoles.IsOfWholeForm(At(RolePermissions.Manager, Scope.Of(Project))));
        Assert.True(DeploymentRoles.IsOfWholeForm(At(RolePermissions.Admin, Scope.Of(new UnitId(1)))));
        Assert.False(DeploymentRoles.IsOfWholeForm(At(RolePermissions.Viewer, Scope.Of(Project))));
        Assert.False(DeploymentRoles.IsOfWholeForm(At(RolePermissions.DeploymentAdmin, Scope.Of(Here.Id))));
    }

    [Fact]
    public void Who_only_reads_is_not_told_who_sent_it()
    {
        Assert.True(RowsOf("S1.2 deployment viewer").HidesProvenance);
        Assert.True(RowsOf("viewer of the project").HidesProvenance);
        Assert.False(RowsOf("S1.8 deployment manager").HidesProvenance);
        Assert.False(RowsOf("S1.7 approver of the second stage").HidesProvenance);
    }

    private static DeployedRows RowsOf(string who) => DeployedRows.Of(new Actor(Me, ActorKind.Account, "", Door.Web, null), Held(who), All);

    private static HeldRole[] Held(string who) =>
    [
        .. Roles(who).Where(role => role.Allows(Permission.SubmissionRead)),
    ];

    private static HeldRole[] Roles(string who) => who switch
    {
        "S1.1 design viewer" => [At("role:1", Scope.Of(Project)) with { Permissions = new HashSet<Permission> { Permission.FormRead, Permission.FormList } }],
        "S1.2 deployment viewer" => [At(RolePermissions.DeploymentViewer, Scope.Of(Here.Id))],
        "S1.3, S1.4 enumerator" => [At(RolePermissions.Enumerator, Scope.Of(Here.Id))],
        "S1.e enumerator of a closed one" => [At(RolePermissions.Enumerator, Scope.Of(Closed.Id))],
        "S1.5, S1.6 approver of the first stage" => [At(RolePermissions.Approver, Scope.Of(Here.Stages[0].Id))],
        "S1.7 approver of the second stage" => [At(RolePermissions.Approver, Scope.Of(Here.Stages[1].Id))],
        "S1.8 deployment manager" => [At(RolePermissions.DeploymentManager, Scope.Of(Here.Id))],
        "S1.9 deployment admin" => [At(RolePermissions.DeploymentAdmin, Scope.Of(Here.Id))],
        "viewer of the project" => [At(RolePermissions.Viewer, Scope.Of(Project))],
        "viewer of their own" => [At(RolePermissions.Viewer, Scope.Of(Form)) with { IsOwn = true }],
        "approver of a stage that is gone" => [At(RolePermissions.Approver, Scope.Of(new StageId(999)))],
        "viewer and enumerator" => [At(RolePermissions.DeploymentViewer, Scope.Of(Here.Id)), At(RolePermissions.Enumerator, Scope.Of(Here.Id))],
        "collector" => [At(RolePermissions.Collector, Scope.Of(Project))],
        _ => throw new InvalidOperationException($"Nobody is “{who}”."),
    };

    private static HeldRole At(string role, Scope scope) => new(1, role, scope, Subject.Of(Me)) { Form = scope.Kind == ScopeKind.Project ? null : Form };

    private static Deployment Made(long id, bool isActive) => new(
        new DeploymentId(id), Project, Form, "", isActive, new DeploymentOptions(false, false, false, false),
        [new DeploymentStage(new StageId(id + 1), "", 1, false), new DeploymentStage(new StageId(id + 2), "", 1, false)], default);

    // What VisibleRows.Limit says of the deployed part, in other words.
    private static bool Passes(DeployedRows seen, Row row) =>
        (row.Deployment is null && seen.Undeployed)
        || (row.Deployment is { } deployment
            && ((row.State == "final" && seen.Final.Contains(deployment))
                || seen.Whole.Contains(deployment)
                || (row.State == "pending" && seen.Stages.Contains(row.Stage))
                || (row.State == "rejected" && seen.Handled.Contains(deployment) && row.HandledBy.Contains(seen.Actor.Value))
                || (row.Sender == seen.Actor.Value && seen.Collected.Contains(deployment) && !row.IsAnonymous)))
        || ((row.Deployment is null || (row.State == "final" && seen.Live.Contains(row.Deployment.Value)))
            && seen.SettledOwn && row.Sender == seen.Actor.Value);

    private sealed record Row(long? Deployment, string? State, long Stage, long Sender, long[] HandledBy, bool IsAnonymous = false);
}
