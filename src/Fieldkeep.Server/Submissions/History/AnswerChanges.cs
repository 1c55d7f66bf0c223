using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>Finds what changed from one version of a submission to the next; pure.</summary>
/// <remarks>
/// Nodes are matched by name, rows of a repeat by their place once equal rows at both ends are left out. A row or group
/// that only one version has is one change, told whole.
/// </remarks>
internal static class AnswerChanges
{
    /// <summary>Lists the changes in the order of the earlier version, then what is new.</summary>
    public static IReadOnlyList<AnswerChange> Between(InstanceTree earlier, InstanceTree later)
    {
        var found = new List<AnswerChange>();
        Compare(earlier, later, [], found);
        return found;
    }

    private static void Compare(InstanceTree earlier, InstanceTree later, IReadOnlyList<AnswerStep> path, List<AnswerChange> found)
    {
        var before = earlier.Children.ToLookup(child => child.Name, StringComparer.Ordinal);
        var after = later.Children.ToLookup(child => child.Name, StringComparer.Ordinal);
        foreach (var name in before.Concat(after).Select(group => group.Key).Distinct(StringComparer.Ordinal))
        {
            InstanceTree[] old = [.. before[name]];
            InstanceTree[] now = [.. after[name]];
            if (old.Concat(now).Any(IsRow))
            {
                CompareRows(name, old, now, path, found);
            }
            else
            {
                CompareNodes([.. path, new AnswerStep(name, null)], old.LastOrDefault(), now.LastOrDefault(), found);
            }
        }
    }

    private static void CompareNodes(
        IReadOnlyList<AnswerStep> path, InstanceTree? old, InstanceTree? now, List<AnswerChange> found)
    {
        if (old is { Value: null } && now is { Value: null })
        {
            Compare(old, now, path, found);
        }
        else if (old is null || now is null || old.Value != now.Value)
        {
            found.Add(new AnswerChange(path, old is null ? null : ValueOf(old), now is null ? null : ValueOf(now)));
        }
    }

    private static void CompareRows(
        string name, InstanceTree[] old, InstanceTree[] now, IReadOnlyList<AnswerStep> path, List<AnswerChange> found)
    {
        var shorter = Math.Min(old.Length, now.Length);
        var first = 0;
        while (first < shorter && AreEqual(old[first], now[first]))
        {
            first++;
        }

        var last = 0;
        while (last < shorter - first && AreEqual(old[^(last + 1)], now[^(last + 1)]))
        {
            last++;
        }

        for (var at = first; at < Math.Max(old.Length, now.Length) - last; at++)
        {
            CompareNodes(
                [.. path, new AnswerStep(name, at)],
                at < old.Length - last ? old[at] : null,
                at < now.Length - last ? now[at] : null,
                found);
        }
    }

    private static bool AreEqual(InstanceTree one, InstanceTree other) =>
        one.Name == other.Name
        && one.Value == other.Value
        && one.Children.Count == other.Children.Count
        && one.Children.Zip(other.Children).All(pair => AreEqual(pair.First, pair.Second));

    private static bool IsRow(InstanceTree node) => node.Element is RepeatElement;

    private static AnswerValue ValueOf(InstanceTree node) => node.Value is { } text
        ? new AnswerValue(text, [])
        : new AnswerValue(
            null,
            [
                .. node.Children.GroupBy(child => child.Name, StringComparer.Ordinal)
                    .Select(group => KeyValuePair.Create<string, IReadOnlyList<AnswerValue>>(
                        group.Key, [.. group.Select(ValueOf)])),
            ])
        {
            Repeats = node.Children.Where(IsRow).Select(child => child.Name).ToHashSet(StringComparer.Ordinal),
        };
}
