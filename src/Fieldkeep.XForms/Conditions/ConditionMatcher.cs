using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.XForms.Conditions;

/// <summary>
/// Tells for which of some conditions an instance's answers hold: reads it once for all. Keeps its buffers: one for each core, not
/// shared.
/// </summary>
public sealed class ConditionMatcher : IDisposable
{
    private readonly IReadOnlyList<BoundCondition> _conditions;
    private readonly InstanceRows _reader;
    private readonly AskedRows _rows;
    private readonly bool _asksEntities;

    /// <summary>Makes a matcher of conditions that were bound to these tables.</summary>
    public ConditionMatcher(FormTables tables, IReadOnlyList<BoundCondition> conditions)
    {
        _conditions = conditions;
        _reader = new InstanceRows(tables);
        var parts = conditions.SelectMany(condition => condition.Part.ListAll()).ToList();
        _rows = new AskedRows(tables, parts);
        _asksEntities = parts.OfType<BoundEntity>().Any();
    }

    /// <summary>Tells for each condition whether it holds. What a phone encrypted has unknown answers.</summary>
    /// <exception cref="InstanceException">It is not well-formed.</exception>
    public bool[] Match(ReadOnlySpan<byte> xml, ConditionFacts facts)
    {
        _rows.Clear();
        try
        {
            _reader.Read(xml, _rows);
            if (_reader.IsEncrypted)
            {
                return MatchUnknown(facts);
            }

            var entities = _asksEntities ? EntityIds.Read(xml) : [];
            return [.. _conditions.Select(condition => Holds(condition.Part, _rows.Root, facts, entities) == true)];
        }
        finally
        {
            _rows.Clear();
        }
    }

    /// <summary>
    /// Tells for each condition whether it holds for an instance whose answers nobody knows: only where it holds whatever they are.
    /// </summary>
    public bool[] MatchUnknown(ConditionFacts facts) =>
        [.. _conditions.Select(condition => Holds(condition.Part, null, facts, null) == true)];

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        _reader.Dispose();
    }

    // Null: nobody knows.
    private bool? Holds(BoundPart part, AskedRow? row, ConditionFacts facts, IReadOnlyCollection<string>? entities)
    {
        switch (part)
        {
            case BoundAll all:
                var isSure = true;
                foreach (var one in all.Parts)
                {
                    var holds = Holds(one, row, facts, entities);
                    if (holds == false)
                    {
                        return false;
                    }

                    isSure &= holds is not null;
                }

                return isSure ? true : null;
            case BoundAny any:
                var isRefuted = true;
                foreach (var one in any.Parts)
                {
                    var holds = Holds(one, row, facts, entities);
                    if (holds == true)
                    {
                        return true;
                    }

                    isRefuted &= holds is not null;
                }

                return isRefuted ? false : null;
            case BoundNot not:
                return !Holds(not.Part, row, facts, entities);
            case BoundFact fact:
                return fact.Test(facts);
            case BoundEntity entity:
                return entities is null ? null : entity.Test(entities);
            case BoundAnswer answer:
                return row is null ? null : answer.Test(_rows.AnswerOf(row, answer));
            case BoundRepeat repeat:
                return row is null ? null : row.Below(repeat.Table).Any(one => Holds(repeat.Where, one, facts, entities) == true);
            default:
                throw new InvalidOperationException($"Conditions have no case {part.GetType().Name}.");
        }
    }
}
