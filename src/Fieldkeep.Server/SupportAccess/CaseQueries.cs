using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Reads cases for those who may see them.</summary>
internal sealed class CaseQueries(Db db, Policy policy, CaseRows cases, CaseSight sight, TimeProvider clock)
{
    /// <summary>The most that are given at once.</summary>
    public const int MostAtOnce = 100;

    /// <summary>Lists what the actor asked for, was given, may answer or answers for; newest first.</summary>
    /// <param name="before">The number of the last one had; null to begin.</param>
    public async Task<IReadOnlyList<SeenCase>> ListAsync(Actor actor, long? before, CancellationToken cancellationToken)
    {
        var isOperator = await sight.IsOperatorAsync(actor, cancellationToken);
        var owned = await sight.OwnedAsync(actor, cancellationToken);
        return await SeeAsync(
            actor, await cases.ListAsync(db, actor.Id, isOperator, owned, before, MostAtOnce, cancellationToken), cancellationToken);
    }

    /// <summary>Gives one.</summary>
    /// <exception cref="ProblemException"><c>support.not_found</c>.</exception>
    public async Task<SeenCase> GetAsync(Actor actor, long id, CancellationToken cancellationToken) =>
        await cases.FindAsync(db, id, cancellationToken) is { } one && await sight.IsSeenAsync(actor, one, cancellationToken)
            ? (await SeeAsync(actor, [one], cancellationToken))[0]
            : throw SupportProblems.Unknown();

    /// <summary>Lists the emergencies of one month at the places that the actor answers for, oldest first.</summary>
    /// <param name="month">Such as <c>2026-11</c>, in UTC.</param>
    /// <exception cref="ProblemException"><c>support.month</c>, <c>access.denied</c>.</exception>
    public async Task<IReadOnlyList<SeenCase>> ReportAsync(Actor actor, string month, CancellationToken cancellationToken)
    {
        if (!DateTimeOffset.TryParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
            || from.Year is < 2000 or > 9000)
        {
            throw SupportProblems.Month();
        }

        var owned = await sight.OwnedAsync(actor, cancellationToken);
        if (owned is { IsEverywhere: false, Projects: [], Units: [] })
        {
            throw AccessProblems.Denied();
        }

        return await SeeAsync(actor, await cases.ListBreakGlassAsync(db, owned, from, from.AddMonths(1), cancellationToken), cancellationToken);
    }

    /// <summary>Lists what an operator may read under now; what their pages say in a banner.</summary>
    public async Task<IReadOnlyList<SeenCase>> ListOpenAsync(ActorId person, CancellationToken cancellationToken)
    {
        var open = await cases.ListOpenAsync(db, person, cancellationToken);
        var names = await PlaceNames.ListAsync(db, open.Select(one => one.Scope), cancellationToken);
        return [.. open.Select(one => new SeenCase(one, CaseState.Open, names.GetValueOrDefault(one.Scope), null, false, false, true))];
    }

    // Whoever is not let in yet knows a place by its number only.
    private async Task<IReadOnlyList<SeenCase>> SeeAsync(Actor actor, IReadOnlyList<SupportCase> found, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var uses = await AuditOfSupport.ListAsync(db, found.Select(one => one.Grant).OfType<long>(), cancellationToken);
        var names = await PlaceNames.ListAsync(db, found.Select(one => one.Scope), cancellationToken);
        var seen = new List<SeenCase>();
        foreach (var one in found)
        {
            var state = one.StateAt(now);
            var isNamed = await policy.HasAsync(
                actor, one.Scope.Kind == ScopeKind.Unit ? Permission.UnitRead : Permission.ProjectRead, one.Scope, cancellationToken);
            seen.Add(new SeenCase(
                one,
                state,
                isNamed ? names.GetValueOrDefault(one.Scope) : null,
                one.Grant is { } grant ? uses.GetValueOrDefault(grant) : null,
                state == CaseState.Asked && await sight.MayApproveAsync(actor, one, cancellationToken),
                state == CaseState.Asked && await sight.IsSeenAsync(actor, one, cancellationToken),
                state == CaseState.Open && await sight.MayEndAsync(actor, one, cancellationToken)));
        }

        return seen;
    }
}

/// <summary>A case as one person sees it.</summary>
/// <param name="PlaceName">The name of its place; null for who may not know it.</param>
/// <param name="Use">What was done under it; null when nothing was.</param>
internal sealed record SeenCase(
    SupportCase Case, CaseState State, string? PlaceName, SupportUse? Use, bool MayApprove, bool MayDecline, bool MayEnd);
