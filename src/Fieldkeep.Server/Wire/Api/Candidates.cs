using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Organisations.Units;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Finds whom a role in a project could be given to. Callers have checked that the actor gives roles there.</summary>
internal sealed class Candidates(Policy policy, KnownActors known, ProjectQueries projects, AccountQueries accounts, UnitQueries units)
{
    private const int Most = 20;

    /// <summary>
    /// Finds people and units. Who knows the people of a unit finds them by part of their name; every other by the whole address, as who
    /// hands out roles in ODK Central does.
    /// </summary>
    public async Task<ItemList<CandidateItem>> FindAsync(Actor actor, ProjectId project, string? text, CancellationToken cancellationToken)
    {
        var sought = (text ?? "").Trim();
        if (sought.Length == 0)
        {
            return new ItemList<CandidateItem>([]);
        }

        var people = await accounts.ListAsync(actor, sought, cancellationToken);
        if (people.Count == 0
            && await accounts.FindByProvedEmailAsync(sought, cancellationToken) is { } account
            && await known.HasAsync(actor, Subject.Of(account.Id), Scope.Of(project), cancellationToken))
        {
            people = [account];
        }

        var named = await UnitsAsync(actor, project, sought, cancellationToken);
        return new ItemList<CandidateItem>([.. people.Select(CandidateItem.Of).Concat(named.Select(CandidateItem.Of)).Take(Most)]);
    }

    private async Task<IReadOnlyList<Unit>> UnitsAsync(Actor actor, ProjectId project, string sought, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(project, cancellationToken) is not { } found
            || await units.PathAsync(found.Unit, cancellationToken) is not [{ } root, ..])
        {
            return [];
        }

        var seen = new List<Unit>();
        foreach (var top in (await policy.ScopesWithAsync(actor, Permission.UnitRead, cancellationToken)).Units)
        {
            seen.AddRange((await units.ChartAsync(actor, new UnitId(top), cancellationToken)).Select(charted => charted.Unit));
        }

        return
        [
            .. seen.DistinctBy(unit => unit.Id)
                .Where(unit => unit.Organisation == root.Organisation && unit.Name.Contains(sought, StringComparison.OrdinalIgnoreCase))
                .OrderBy(unit => unit.Name, StringComparer.OrdinalIgnoreCase),
        ];
    }
}

/// <summary>Somebody, or a unit, that can be given a role.</summary>
/// <param name="SubjectKind"><c>actor</c> or <c>unit</c>.</param>
/// <param name="Email">The address of a person; null for units.</param>
internal sealed record CandidateItem(string SubjectKind, long SubjectId, string Name, string? Email)
{
    /// <summary>Shows a person.</summary>
    public static CandidateItem Of(Account account) => new("actor", account.Id.Value, account.DisplayName, account.Email);

    /// <summary>Shows a unit.</summary>
    public static CandidateItem Of(Unit unit) => new("unit", unit.Id.Value, unit.Name, null);
}
