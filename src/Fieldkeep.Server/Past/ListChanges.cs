using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Past;

/// <summary>Lists the changes of settings and permissions, with what was before and after.</summary>
internal sealed class ListChanges(Policy policy, ProjectQueries projects, ReadEntries entries)
{
    private const int LookedAtOnce = 500;

    /// <summary>Lists those of a project, newest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<PastEntry>> OfProjectAsync(
        Actor actor, ProjectId project, EntryFilter filter, int limit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AuditRead, Scope.Of(project), cancellationToken);
        var shown = await policy.HasAsync(actor, Permission.ProjectAssign, Scope.Of(project), cancellationToken);
        var found = await entries.ListAsync(await projects.GetRefAsync(project, cancellationToken), filter, limit, cancellationToken);
        return shown ? found : [.. found.Select(one => MayHoldAnswers(one) ? Bare(one) : one)];
    }

    /// <summary>Lists those that belong to no project, as far as the actor reads the book of what they are about; newest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<PastEntry>> OfServerAsync(Actor actor, EntryFilter filter, int limit, CancellationToken cancellationToken)
    {
        var readable = await policy.ScopesWithAsync(actor, Permission.AuditRead, cancellationToken);
        if (readable is { IsEverywhere: false, IsOfInstallation: false, Projects: [], Units: [] })
        {
            throw AccessProblems.Denied();
        }

        var (seen, asked) = (new List<PastEntry>(), filter);
        while (seen.Count < limit)
        {
            var some = await entries.ListAsync(null, asked, LookedAtOnce, cancellationToken);
            seen.AddRange(some.Where(one => IsSeen(readable, one)));
            if (some.Count < LookedAtOnce)
            {
                break;
            }

            asked = asked with { Before = some[^1].Id };
        }

        return [.. seen.Take(limit)];
    }

    /// <summary>Says whether what an entry tells is only for who gives out rights: what a condition compares with may be an answer.</summary>
    public static bool MayHoldAnswers(PastEntry entry) => entry.Action.StartsWith("row_condition.", StringComparison.Ordinal);

    /// <summary>Gives an entry without what was before and after.</summary>
    public static PastEntry Bare(PastEntry entry) => entry with { Before = null, After = null };

    /// <summary>Says whether who reads the book there is told of an entry that belongs to no project.</summary>
    public static bool IsSeen(ScopeSet readable, PastEntry entry) =>
        readable.IsEverywhere || readable.IsOfInstallation || (UnitOf(entry) is { } unit && readable.Units.Contains(unit));

    // What is about a unit is told to who reads the book there.
    private static long? UnitOf(PastEntry entry)
    {
        if (entry.SubjectKind == "unit" && !entry.Action.StartsWith("role.", StringComparison.Ordinal))
        {
            return long.TryParse(entry.SubjectId, out var id) ? id : null;
        }

        if ((entry.After ?? entry.Before) is not { } body)
        {
            return null;
        }

        if (body.ValueKind == System.Text.Json.JsonValueKind.Object && body.TryGetProperty("what", out var what))
        {
            return Things.TextOf(what, "place") == "Unit" ? Things.NumberOf(what, "id") : null;
        }

        return Things.NumberOf(body, "unit");
    }
}
