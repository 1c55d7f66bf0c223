using System.Buffers;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>
/// Takes the confidential answers out of an instance and puts them back. Every other byte stays; another encoding than UTF-8
/// becomes UTF-8.
/// </summary>
/// <remarks>
/// Where an answer was, the element bears <c>fk:confidential="N"</c>, N being the answer's number, and where others see a
/// displaced point, that point and <c>fk:radius</c>. Attributes of these names that a client sends are never taken for more
/// than a wish to keep the answer the number had before.
/// </remarks>
public static class InstanceSplit
{
    /// <summary>Writes the instance without its confidential answers, and hands these out.</summary>
    /// <param name="xml">The instance as received.</param>
    /// <param name="plan">The plan of the form version it belongs to.</param>
    /// <param name="mask">Displaces points; null to show none.</param>
    /// <param name="edit">The version that was edited; null for a new submission.</param>
    /// <param name="masked">Takes the instance without the answers, in UTF-8.</param>
    /// <exception cref="InstanceException">The instance is not well-formed or beyond a limit. What was written by then is no instance.</exception>
    public static SplitResult Split(
        ReadOnlySpan<byte> xml, ConfidentialPlan plan, PlaceMask? mask, SplitEdit? edit, IBufferWriter<byte> masked)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(masked);
        var past = edit is null ? null : new PastValues(edit, FindClaims(xml, plan, edit));
        return new SplitWriter(plan, mask, past, masked).Run(xml);
    }

    /// <summary>Writes the whole instance: each answer goes where its number stands. A number without answer stays as it is.</summary>
    /// <exception cref="InstanceException">The instance is not well-formed.</exception>
    public static void Merge(ReadOnlySpan<byte> masked, IReadOnlyList<ConfidentialValue> values, IBufferWriter<byte> whole)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(whole);
        var copy = new InstanceCopy(whole);
        var cursor = new InstanceCursor(masked);
        copy.Begin(masked, cursor.Source);
        while (cursor.Read() is var node and not InstanceNode.Done)
        {
            if (node != InstanceNode.Start)
            {
                continue;
            }

            if (cursor.Depth == 1)
            {
                copy.LeaveOutOwn(ref cursor, isValueBack: false);
            }

            if (FindNumber(ref cursor) is { } number && number <= values.Count && values[number - 1] is var value && value.Number == number)
            {
                copy.LeaveOutOwn(ref cursor, isValueBack: true);
                copy.ReplaceInner(ref cursor, value.Text);
            }
        }

        copy.End(cursor.Source);
    }

    /// <summary>Reads the number an element bears; null when it bears none that can be one.</summary>
    internal static int? FindNumber(ref InstanceCursor cursor)
    {
        for (var at = 0; at < cursor.AttributeCount; at++)
        {
            if (cursor.AttributeName(at).SequenceEqual(ConfidentialMarks.Number))
            {
                var text = cursor.AttributeValue(at);
                return text.Length is > 0 and <= 7 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9') && text[0] != '0'
                    ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
                    : null;
            }
        }

        return null;
    }

    /// <summary>Finds which earlier answers the instance keeps by their number, each at its own question.</summary>
    private static HashSet<int> FindClaims(ReadOnlySpan<byte> xml, ConfidentialPlan plan, SplitEdit edit)
    {
        var claims = new HashSet<int>();
        var paths = new Dictionary<int, string>();
        foreach (var value in edit.Previous)
        {
            paths.TryAdd(value.Number, value.Path);
        }

        var cursor = new InstanceCursor(xml);
        var open = new Stack<PlanStep?>();
        while (cursor.Read() is var node and not InstanceNode.Done)
        {
            if (node == InstanceNode.Start)
            {
                var step = open.Count == 0 ? plan.Start : open.Peek()?.Find(cursor.LocalName);
                open.Push(step);
                if (step?.Node is { } leaf
                    && FindNumber(ref cursor) is { } number
                    && paths.GetValueOrDefault(number) == leaf.Path)
                {
                    claims.Add(number);
                }
            }
            else if (node == InstanceNode.End)
            {
                open.Pop();
            }
        }

        return claims;
    }
}
