using System.Collections.Concurrent;
using Fieldkeep.XForms.Conditions;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>The conditions of a form, ready to be asked of instances on any thread.</summary>
internal sealed class BoundConditions
{
    private readonly FormTables _tables;
    private readonly IReadOnlyList<(long Id, BoundCondition Bound)> _conditions;

    // One for each core that asks at once.
    private readonly ConcurrentBag<ConditionMatcher> _idle = [];

    /// <summary>Binds conditions to the tables of their form.</summary>
    public BoundConditions(FormTables tables, IReadOnlyList<RowConditionItem> items)
    {
        _tables = tables;
        var conditions = new List<(long Id, BoundCondition Bound)>();
        foreach (var item in items)
        {
            try
            {
                conditions.Add((item.Id, ConditionBinder.Bind(item.Condition, tables)));
            }
            catch (ConditionException)
            {
                // A later version asks the question as something else: it holds for nothing, and is never ready.
            }
        }

        _conditions = conditions;
    }

    /// <summary>Numbers and kinds of those that can be asked.</summary>
    public IEnumerable<(long Id, string Kinds)> Known => _conditions.Select(one => (one.Id, one.Bound.Kinds));

    /// <summary>Whether any asks a fact.</summary>
    public bool Asks(RowFact fact) => _conditions.Any(one => one.Bound.Condition.Asks(fact));

    /// <summary>Asks all of them of an instance; of one that is not well-formed the answers are unknown.</summary>
    public IReadOnlyList<RowMatch> Match(ReadOnlySpan<byte> xml, ConditionFacts facts)
    {
        var matcher = _idle.TryTake(out var idle) ? idle : NewMatcher();
        try
        {
            return Join(matcher.Match(xml, facts));
        }
        catch (InstanceException)
        {
            return Join(matcher.MatchUnknown(facts));
        }
        finally
        {
            _idle.Add(matcher);
        }
    }

    /// <summary>Asks all of them of a submission whose answers cannot be opened.</summary>
    public IReadOnlyList<RowMatch> MatchUnknown(ConditionFacts facts)
    {
        using var matcher = NewMatcher();
        return Join(matcher.MatchUnknown(facts));
    }

    private ConditionMatcher NewMatcher() => new(_tables, [.. _conditions.Select(one => one.Bound)]);

    private IReadOnlyList<RowMatch> Join(bool[] holds) => [.. _conditions.Select((one, at) => new RowMatch(one.Id, holds[at]))];
}
