using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;

namespace Fieldkeep.Server.Submissions.Limiting;

/// <summary>A project as operators see it: its number, what it may and what it uses. Its name is for who may see the project.</summary>
/// <param name="Own">Its own limits.</param>
/// <param name="Holds">What holds for it.</param>
/// <param name="Use">What it uses; null for one that was not measured.</param>
/// <param name="Suspension">What suspends it; null for none.</param>
internal sealed record LimitedProject(ProjectId Project, LimitSet Own, LimitSet Holds, Use? Use, Suspension? Suspension);

/// <summary>Tells operators what is limited and suspended, and how much of it is used.</summary>
internal sealed class ListUse(Db db, Policy policy, PlaceToLimit places, FindLimits limits, Suspensions suspensions, ProjectUse use, QuietUse quiet)
{
    /// <summary>The share of a limit from which operators are warned.</summary>
    public const double Warns = 0.8;

    /// <summary>Gives the limits of all projects and accounts.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<LimitSet> GetForAllAsync(Actor actor, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        return (await limits.ListAsync(cancellationToken)).GetValueOrDefault(LimitRow.KeyOf(Scope.Installation), LimitSet.None);
    }

    /// <summary>Lists the projects that have limits of their own, are suspended, or come near a limit.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<LimitedProject>> ListProjectsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        var sets = await limits.ListAsync(cancellationToken);
        var all = sets.GetValueOrDefault(LimitRow.KeyOf(Scope.Installation), LimitSet.None);
        var suspended = (await suspensions.ListAsync(cancellationToken)).Where(one => one.ScopeKind == "project").ToDictionary(one => one.ScopeId);
        var near = (await quiet.ListAsync(cancellationToken)).ToDictionary(one => one.Project.Value, one => one.Use);
        var ids = sets.Keys.Where(key => key.StartsWith("project ", StringComparison.Ordinal)).Select(NumberOf)
            .Concat(suspended.Keys)
            .Concat(near.Where(one => ShareOf(one.Value, sets.GetValueOrDefault(KeyOf(one.Key), LimitSet.None).Over(all)) >= Warns).Select(one => one.Key));
        return
        [
            .. ids.Distinct().Order().Select(id =>
            {
                var own = sets.GetValueOrDefault(KeyOf(id), LimitSet.None);
                return new LimitedProject(new ProjectId(id), own, own.Over(all), near.GetValueOrDefault(id), suspended.GetValueOrDefault(id));
            }),
        ];
    }

    /// <summary>Gives one project, measured at this moment.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>limit.not_found</c>.</exception>
    public async Task<LimitedProject> GetProjectAsync(Actor actor, ProjectId project, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        await places.GetAsync(db, Scope.Of(project), cancellationToken);
        var sets = await limits.ListAsync(cancellationToken);
        var own = sets.GetValueOrDefault(KeyOf(project.Value), LimitSet.None);
        var holds = own.Over(sets.GetValueOrDefault(LimitRow.KeyOf(Scope.Installation), LimitSet.None));
        return new LimitedProject(
            project, own, holds, await use.MeasureAsync(project, cancellationToken), await suspensions.FindAsync(Scope.Of(project), cancellationToken));
    }

    /// <summary>Lists the accounts that have limits of their own, or are suspended.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<(ActorId Account, LimitSet Own, Suspension? Suspension)>> ListAccountsAsync(Actor actor, CancellationToken cancellationToken)
    {
        await RequireAsync(actor, cancellationToken);
        var sets = await limits.ListAsync(cancellationToken);
        var suspended = (await suspensions.ListAsync(cancellationToken)).Where(one => one.ScopeKind == "account").ToDictionary(one => one.ScopeId);
        var ids = sets.Keys.Where(key => key.StartsWith("account ", StringComparison.Ordinal)).Select(NumberOf).Concat(suspended.Keys).Distinct().Order();
        return [.. ids.Select(id => (new ActorId(id), sets.GetValueOrDefault($"account {id}", LimitSet.None), suspended.GetValueOrDefault(id)))];
    }

    /// <summary>Gives how much of the limit that is used most is used; 1 for all of it.</summary>
    public static double ShareOf(Use use, LimitSet limits) => new[]
    {
        Part(use.SubmissionsThisHour, limits.SubmissionsAnHour), Part(use.SubmissionsToday, limits.SubmissionsADay), Part(use.StoredBytes, limits.StoredBytes),
    }.Max();

    /// <summary>Gives the number in the key of a project or an account that has limits of its own.</summary>
    public static long NumberOf(string key) => long.Parse(key.AsSpan(key.IndexOf(' ', StringComparison.Ordinal) + 1), System.Globalization.CultureInfo.InvariantCulture);

    private static double Part(long used, long? most) => most is { } limit ? (double)used / limit : 0;

    private static string KeyOf(long project) => LimitRow.KeyOf(Scope.Of(new ProjectId(project)));

    private Task RequireAsync(Actor actor, CancellationToken cancellationToken) =>
        policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
}
