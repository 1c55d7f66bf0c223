using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Past;

/// <summary>Finds a change that somebody may see, which thing it is about, and what came after it.</summary>
internal sealed class ReadRevertible(Policy policy, ProjectQueries projects, ReadEntries entries)
{
    /// <summary>Gets a change of a project.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>change.not_found</c>, <c>change.not_revertible</c>.</exception>
    public async Task<RevertibleChange> GetOfProjectAsync(Actor actor, ProjectId project, long id, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AuditRead, Scope.Of(project), cancellationToken);
        var known = await projects.GetRefAsync(project, cancellationToken);
        return Of(known, await entries.FindAsync(known, id, cancellationToken) ?? throw PastProblems.NotFound());
    }

    /// <summary>Gets a change that belongs to no project.</summary>
    /// <exception cref="ProblemException">As <see cref="GetOfProjectAsync"/>.</exception>
    public async Task<RevertibleChange> GetOfServerAsync(Actor actor, long id, CancellationToken cancellationToken)
    {
        var readable = await policy.ScopesWithAsync(actor, Permission.AuditRead, cancellationToken);
        var entry = await entries.FindAsync(null, id, cancellationToken);
        return entry is not null && ListChanges.IsSeen(readable, entry) ? Of(null, entry) : throw PastProblems.NotFound();
    }

    /// <summary>Finds the newest change of the same thing that came after; null when there is none.</summary>
    public Task<PastEntry?> FindNewerAsync(RevertibleChange change, CancellationToken cancellationToken)
    {
        // A condition that is made anew has another number; everything else keeps its own.
        var subject = change.Actions[0] == "row_condition.create" ? null : change.Entry.SubjectId;
        return entries.FindNewestAfterAsync(
            change.Project, change.Entry.Id, change.Actions, subject, one => Things.KeyOf(one) == change.Thing, cancellationToken);
    }

    /// <summary>Says whether a revert would change nothing.</summary>
    public static bool IsSame(JsonElement? one, JsonElement? other) =>
        one is null || other is null ? one is null && other is null : JsonElement.DeepEquals(one.Value, other.Value);

    private static RevertibleChange Of(ProjectRef? project, PastEntry entry)
    {
        if (Array.TrueForAll(Things.Families, family => !entry.Action.StartsWith(family + ".", StringComparison.Ordinal)))
        {
            throw PastProblems.NotFound();
        }

        if (!entry.IsReadable)
        {
            throw PastProblems.NotRevertible(entry.Action, "what was before cannot be read. Run “fieldkeep verify”.");
        }

        return Things.KeyOf(entry) is { } thing && Things.ActionsLike(entry.Action) is { } actions
            ? new RevertibleChange(project, entry, thing, actions)
            : throw PastProblems.NotRevertible(
                entry.Action, "only names, descriptions, settings, states, stages, rules and roles go back with a click; what was made or deleted has a page of its own.");
    }
}

/// <summary>A change that can be reverted.</summary>
/// <param name="Project">Null for what belongs to none.</param>
/// <param name="Thing">What it is about.</param>
/// <param name="Actions">The actions on things of that kind.</param>
internal sealed record RevertibleChange(ProjectRef? Project, PastEntry Entry, string Thing, string[] Actions);
