using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Past;

/// <summary>
/// Brings back what was before a change of settings or permissions: a new change with the old content, by the same operation and under the
/// same policy as if somebody typed it anew.
/// </summary>
internal sealed class RevertChange(
    Db db, Policy policy, ProjectQueries projects, ReadEntries entries, RevertSettings settings, RevertRoles roles)
{
    // Two who revert the same wait for each other, and the second is told of the first.
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended(@key, 7224010038))";

    /// <summary>Reverts a change of a project.</summary>
    /// <param name="even">The number of the newest change on the same thing, when that is to be undone, too.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>change.not_found</c>, <c>change.not_revertible</c>, <c>change.newer</c>,
    /// <c>change.nothing</c>, and whatever the operation itself refuses.
    /// </exception>
    public async Task OfProjectAsync(Actor actor, ProjectId project, long id, long? even, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AuditRead, Scope.Of(project), cancellationToken);
        var known = await projects.GetRefAsync(project, cancellationToken);
        var entry = await entries.FindAsync(known, id, cancellationToken) ?? throw PastProblems.NotFound();
        await RunAsync(actor, known, entry, even, cancellationToken);
    }

    /// <summary>Reverts a change that belongs to no project.</summary>
    /// <exception cref="ProblemException">As <see cref="OfProjectAsync"/>.</exception>
    public async Task OfServerAsync(Actor actor, long id, long? even, CancellationToken cancellationToken)
    {
        var readable = await policy.ScopesWithAsync(actor, Permission.AuditRead, cancellationToken);
        var entry = await entries.FindAsync(null, id, cancellationToken);
        if (entry is null || !ListChanges.IsSeen(readable, entry))
        {
            throw PastProblems.NotFound();
        }

        await RunAsync(actor, null, entry, even, cancellationToken);
    }

    private async Task RunAsync(Actor actor, ProjectRef? project, PastEntry entry, long? even, CancellationToken cancellationToken)
    {
        if (Array.TrueForAll(Things.Families, family => !entry.Action.StartsWith(family + ".", StringComparison.Ordinal)))
        {
            throw PastProblems.NotFound();
        }

        if (!entry.IsReadable)
        {
            throw PastProblems.NotRevertible(entry.Action, "what was before cannot be read. Run “fieldkeep verify”.");
        }

        if (Things.KeyOf(entry) is not { } thing || Things.ActionsLike(entry.Action) is not { } actions)
        {
            throw PastProblems.NotRevertible(
                entry.Action, "only names, descriptions, settings, states and roles go back with a click; what was made or deleted has a page of its own.");
        }

        await using var hold = await db.BeginAsync(cancellationToken);
        await hold.ExecuteAsync(Lock, new { key = $"{project?.Id} {thing}" }, cancellationToken);
        var newest = (await entries.ListLaterAsync(project, entry.Id, actions, cancellationToken)).LastOrDefault(one => Things.KeyOf(one) == thing);
        if (newest is not null && newest.Id != even)
        {
            throw PastProblems.Newer(newest);
        }

        if (IsSame((newest ?? entry).After, entry.Before))
        {
            throw PastProblems.Nothing();
        }

        await (actions[0] switch
        {
            "role.assign" or "role.assign_limited" or "deployment.add_person" or "role.update" => roles.RunAsync(actor, project, entry, cancellationToken),
            _ => settings.RunAsync(actor, project, entry, cancellationToken),
        });
    }

    private static bool IsSame(JsonElement? one, JsonElement? other) =>
        one is null || other is null ? one is null && other is null : JsonElement.DeepEquals(one.Value, other.Value);
}
