using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Past;

/// <summary>
/// Tells how an organisation, branch or team was made up at any instant: what it was called, what lay in it, who belonged to it and who held
/// roles there.
/// </summary>
internal sealed class UnitAsOf(Policy policy, UnitsThen units, ReadEntries entries, Reach reach, StateAsOf moments)
{
    private static readonly string[] Families = ["organisation", "unit", "factor"];

    /// <summary>Tells it.</summary>
    /// <param name="at">A day or an instant; null or empty for now.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>past.moment_invalid</c>, <c>past.unit_absent</c>.
    /// </exception>
    public async Task<PastUnitState> RunAsync(Actor actor, UnitId unit, string? at, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.AuditRead, Scope.Of(unit), cancellationToken);
        await policy.RequireAsync(actor, Permission.MemberList, Scope.Of(unit), cancellationToken);
        var moment = moments.MomentOf(at);
        var (tree, first) = await units.TreeAsync(unit, moment, cancellationToken);
        if (tree.Count == 0)
        {
            throw PastProblems.UnitAbsent(first);
        }

        var told = new FoldUnits();
        await foreach (var entry in entries.StreamUntilAsync(null, Families, moments.MomentOf(null), cancellationToken))
        {
            told.Add(entry, moment);
        }

        var members = await units.MembersAsync([.. tree.Select(one => one.Id)], moment, cancellationToken);
        var people = await reach.ListAsync(Scope.Of(unit), new Stretch(moment, moment), null, cancellationToken);
        return new PastUnitState(
            moment, first, [.. tree.Select(one => new PastUnit(one.Id, one.Parent, told.NameOf(one.Id), told.NeedsFactor(one.Id)))], members, people, told.Unreadable);
    }
}

/// <summary>How a unit was made up at an instant.</summary>
/// <param name="First">The first instant that can be told of.</param>
/// <param name="Units">It and all below it, itself first.</param>
/// <param name="Members">Who belonged to which of them.</param>
/// <param name="People">Every role that was held in it, or above it.</param>
/// <param name="Unreadable">Entries that could not be read; where there are any, something may be missing.</param>
internal sealed record PastUnitState(
    DateTimeOffset At, DateTimeOffset First, IReadOnlyList<PastUnit> Units, IReadOnlyList<MemberThen> Members, IReadOnlyList<ReachRow> People, long Unreadable);

/// <summary>A unit as it was.</summary>
/// <param name="Name">Null when it has the name that it had then.</param>
/// <param name="SecondFactorForEveryone">Whether everybody in it had to have a second factor by a rule of its own.</param>
internal sealed record PastUnit(long Id, long? Parent, string? Name, bool SecondFactorForEveryone);

/// <summary>Puts names and rules of units together from entries, one after the other.</summary>
internal sealed class FoldUnits
{
    private readonly Dictionary<long, string> _names = [];
    private readonly Dictionary<long, string> _namesBefore = [];
    private readonly HashSet<long> _ruled = [];

    /// <summary>How many entries could not be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>The name that a unit had; null when it has it still and no entry tells it, as with an organisation that nobody renamed.</summary>
    public string? NameOf(long unit) => _names.GetValueOrDefault(unit) ?? _namesBefore.GetValueOrDefault(unit);

    /// <summary>Whether it had a rule of its own about second factors.</summary>
    public bool NeedsFactor(long unit) => _ruled.Contains(unit);

    /// <summary>Takes the next entry; of those after the moment, only what they say was before.</summary>
    public void Add(PastEntry entry, DateTimeOffset moment)
    {
        if (entry.At > moment)
        {
            if (entry is { Action: "unit.rename", Before: { } before } && long.TryParse(entry.SubjectId, out var renamed))
            {
                _namesBefore.TryAdd(renamed, Things.TextOf(before, "name"));
            }

            return;
        }

        if (!entry.IsReadable)
        {
            Unreadable++;
            return;
        }

        if (entry.SubjectKind != "unit" || !long.TryParse(entry.SubjectId, out var unit))
        {
            return;
        }

        var after = entry.After ?? default;
        if (entry.Action == "factor.rule")
        {
            _ = Things.TextOf(after, "required") == bool.TrueString ? _ruled.Add(unit) : _ruled.Remove(unit);
        }
        else if (Things.TextOf(after, "name") is { Length: > 0 } name)
        {
            _names[unit] = name;
        }
    }
}
