namespace Fieldkeep.Server.Answers.Filters;

/// <summary>
/// Asks a filter of many rows at once. Each row gets two bits: it may hold, it may fail; what is not known yet has
/// both, so that facts are fetched only for the rows whose answers let them through.
/// </summary>
internal static class FilterMask
{
    /// <summary>The filter holds for the row.</summary>
    public const byte Holds = 1;

    /// <summary>The filter fails for the row.</summary>
    public const byte Fails = 2;

    /// <summary>It may do either.</summary>
    public const byte Unknown = Holds | Fails;

    /// <summary>Asks every row of a table.</summary>
    /// <param name="facts">What is known about submissions, by position; null where nothing is.</param>
    public static byte[] Of(RowFilter filter, AnswerChunk chunk, int table, IReadOnlyList<RowFacts?>? facts)
    {
        var mask = new byte[chunk.RowsOf(table)];
        Write(filter, chunk, table, facts, mask);
        return mask;
    }

    private static void Write(RowFilter filter, AnswerChunk chunk, int table, IReadOnlyList<RowFacts?>? facts, byte[] mask)
    {
        switch (filter)
        {
            case ConstantFilter constant:
                mask.AsSpan().Fill(constant.Holds ? Holds : Fails);
                break;
            case AnswerFilter answer when chunk.Find(answer.Key) is { } column:
                column.Test(answer.Test, mask, Holds, Fails);
                break;
            case AnswerFilter answer:
                mask.AsSpan().Fill(answer.Test([]) ? Holds : Fails);
                break;
            case FactFilter fact:
                WriteFacts(fact, facts, mask);
                break;
            case RepeatFilter repeat:
                WriteRepeat(repeat, chunk, mask);
                break;
            case NotFilter not:
                Write(not.Part, chunk, table, facts, mask);
                for (var at = 0; at < mask.Length; at++)
                {
                    mask[at] = (byte)(((mask[at] & Holds) << 1) | ((mask[at] & Fails) >> 1));
                }

                break;
            case AllFilter all:
                WriteAll(all.Parts, chunk, table, facts, mask);
                break;
            case AnyFilter any:
                WriteAny(any.Parts, chunk, table, facts, mask);
                break;
            default:
                throw new InvalidOperationException($"Filters have no case {filter.GetType().Name}.");
        }
    }

    private static void WriteFacts(FactFilter filter, IReadOnlyList<RowFacts?>? facts, byte[] mask)
    {
        for (var at = 0; at < mask.Length; at++)
        {
            mask[at] = facts?[at] is not { } row ? Unknown : filter.Test(row) ? Holds : Fails;
        }
    }

    private static void WriteRepeat(RepeatFilter repeat, AnswerChunk chunk, byte[] mask)
    {
        var rows = Of(repeat.Inside, chunk, repeat.Table.Index, null);
        var counts = chunk.CountsOf(repeat.Table.Index);
        var from = 0;
        for (var at = 0; at < mask.Length; at++)
        {
            mask[at] = rows.AsSpan(from, counts[at]).Contains(Holds) ? Holds : Fails;
            from += counts[at];
        }
    }

    private static void WriteAll(
        IReadOnlyList<RowFilter> parts, AnswerChunk chunk, int table, IReadOnlyList<RowFacts?>? facts, byte[] mask)
    {
        mask.AsSpan().Fill(Holds);
        foreach (var part in parts)
        {
            var other = Of(part, chunk, table, facts);
            for (var at = 0; at < mask.Length; at++)
            {
                mask[at] = (byte)((mask[at] & other[at] & Holds) | ((mask[at] | other[at]) & Fails));
            }
        }
    }

    private static void WriteAny(
        IReadOnlyList<RowFilter> parts, AnswerChunk chunk, int table, IReadOnlyList<RowFacts?>? facts, byte[] mask)
    {
        mask.AsSpan().Fill(Fails);
        foreach (var part in parts)
        {
            var other = Of(part, chunk, table, facts);
            for (var at = 0; at < mask.Length; at++)
            {
                mask[at] = (byte)(((mask[at] | other[at]) & Holds) | (mask[at] & other[at] & Fails));
            }
        }
    }
}
