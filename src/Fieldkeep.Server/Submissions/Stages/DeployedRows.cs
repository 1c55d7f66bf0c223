using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Conditions;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>Which submissions of a form with deployments someone's roles let through, by where those stand: the table of decision 0028.</summary>
/// <param name="Undeployed">Those of no deployment.</param>
/// <param name="Final">Deployments whose final ones.</param>
/// <param name="Whole">Deployments all of which.</param>
/// <param name="Stages">Stages at which they wait.</param>
/// <param name="Handled">Deployments whose rejected ones, when the actor rejected them or had approved them before.</param>
/// <param name="Collected">Deployments of which those that the actor sent.</param>
internal sealed record DeployedRows(
    bool Undeployed,
    IReadOnlyList<long> Final,
    IReadOnlyList<long> Whole,
    IReadOnlyList<long> Stages,
    IReadOnlyList<long> Handled,
    IReadOnlyList<long> Collected)
{
    /// <summary>Nothing.</summary>
    public static DeployedRows None { get; } = new(false, [], [], [], [], []);

    /// <summary>Whose rejected and whose own ones are meant.</summary>
    public ActorId Actor { get; init; }

    /// <summary>Of what <see cref="SettledOwn"/> and <see cref="SettledConditions"/> let through, only the final ones of these, and those of none.</summary>
    public IReadOnlyList<long> Live { get; init; } = [];

    /// <summary>Whether the actor's own ones, as far as they are settled.</summary>
    public bool SettledOwn { get; init; }

    /// <summary>Conditions that let through what they hold for, as far as it is settled.</summary>
    public IReadOnlyList<long> SettledConditions { get; init; } = [];

    /// <summary>Whether someone is among them who only reads, and is not told who sent what.</summary>
    public bool HidesProvenance { get; init; }

    /// <summary>Whether anything passes.</summary>
    public bool IsAny => Undeployed || SettledOwn
        || Final.Count + Whole.Count + Stages.Count + Handled.Count + Collected.Count + SettledConditions.Count > 0;

    /// <summary>Gives what roles let through. That a role reaches the form whole is seen before.</summary>
    /// <param name="because">The roles that allow what is asked.</param>
    /// <param name="deployments">Those of the form.</param>
    public static DeployedRows Of(Actor actor, IReadOnlyList<HeldRole> because, IReadOnlyList<Deployment> deployments)
    {
        // Whoever reads all of a form, but changes nothing in it, reads what is settled.
        var readers = because.Where(role => !role.IsLimited).ToList();
        var own = because.Where(role => !role.IsOwn && role.Condition is null).ToList();
        var settled = because.Where(role => IsSettledOnly(role)).ToList();
        var approving = deployments.Where(deployment => StagesFrom(own, deployment).Count > 0).ToList();
        var viewing = deployments.Where(deployment => Holds(own, deployment, RolePermissions.DeploymentViewer)).ToList();
        var managing = deployments.Where(deployment =>
            Holds(own, deployment, RolePermissions.DeploymentManager) || Holds(own, deployment, RolePermissions.DeploymentAdmin));
        var collecting = deployments.Where(deployment => deployment.IsActive && Holds(own, deployment, RolePermissions.Enumerator));
        var final = readers.Count > 0 ? deployments : [.. viewing.Union(approving)];
        return new DeployedRows(
            readers.Count > 0,
            Numbers(final),
            Numbers(managing),
            [.. approving.SelectMany(deployment => StagesFrom(own, deployment)).Select(stage => stage.Value)],
            Numbers(approving),
            Numbers(collecting))
        {
            Actor = actor.Id,
            Live = Numbers(deployments),
            SettledOwn = settled.Exists(role => role.IsOwn),
            SettledConditions = [.. settled.Select(role => role.Condition).OfType<long>().Distinct()],
            HidesProvenance = (readers.Count > 0 || settled.Count > 0 ? deployments : viewing).Any(one => !one.Options.ShowProvenanceToViewers),
        };
    }

    /// <summary>Tells whether a role limited to some rows reads only what is settled: it is held above deployments and changes nothing.</summary>
    public static bool IsSettledOnly(HeldRole role) =>
        role.IsOwn != (role.Condition is not null)
        && role.Scope.Kind is not (ScopeKind.Deployment or ScopeKind.Stage)
        && !role.Allows(Permission.SubmissionUpdate);

    /// <summary>
    /// Tells whether a submission would pass, wherever it stands in its deployment: that is the state machine's to say. Roles in one
    /// deployment say nothing of a submission of another, or of none.
    /// </summary>
    public bool HoldFor(ActorId submitter, long? deployment, IReadOnlyList<RowMatch> matches)
    {
        var isNamed = deployment is { } id
            ? Final.Contains(id) || Whole.Contains(id) || Handled.Contains(id) || (submitter == Actor && Collected.Contains(id))
            : Undeployed;
        return isNamed
            || ((deployment is not { } live || Live.Contains(live))
                && ((SettledOwn && submitter == Actor) || matches.Any(match => match.Holds && SettledConditions.Contains(match.Condition))));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Undeployed} {Text(Final)} {Text(Whole)} {Text(Stages)} {Text(Handled)} {Text(Collected)} {Actor} {Text(Live)} {SettledOwn} {Text(SettledConditions)}");

    // What waits at their stage or a later one; what has not come to them yet is none of their business.
    private static List<StageId> StagesFrom(List<HeldRole> roles, Deployment deployment) =>
    [
        .. deployment.Stages.Select(stage => stage.Id)
            .SkipWhile(stage => !roles.Exists(role => role.Role == RolePermissions.Approver && role.Scope == Scope.Of(stage))),
    ];

    private static bool Holds(List<HeldRole> roles, Deployment deployment, string name) =>
        roles.Exists(role => role.Role == name && role.Scope == Scope.Of(deployment.Id));

    private static long[] Numbers(IEnumerable<Deployment> deployments) => [.. deployments.Select(deployment => deployment.Id.Value)];

    private static string Text(IEnumerable<long> numbers) => string.Join(',', numbers.Order());
}
