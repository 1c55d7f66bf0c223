namespace Fieldkeep.XForms.Advice;

/// <summary>Finds the parts of a graph in which every node reaches every other (Tarjan), without calling itself.</summary>
internal static class StrongParts
{
    /// <summary>Lists the parts of more than one node; <paramref name="next"/> holds each node's successors, null for none.</summary>
    public static IEnumerable<List<int>> Of(IReadOnlyList<List<int>?> next)
    {
        var order = new int[next.Count];
        var lowest = new int[next.Count];
        var isOpen = new bool[next.Count];
        var open = new Stack<int>();
        var walk = new Stack<(int Node, int Child)>();
        var count = 0;
        for (var start = 0; start < next.Count; start++)
        {
            if (order[start] == 0)
            {
                walk.Push((start, 0));
            }

            while (walk.TryPop(out var at))
            {
                var (node, child) = at;
                if (child == 0)
                {
                    order[node] = lowest[node] = ++count;
                    open.Push(node);
                    isOpen[node] = true;
                }

                if (next[node] is { } successors && child < successors.Count)
                {
                    walk.Push((node, child + 1));
                    var successor = successors[child];
                    if (order[successor] == 0)
                    {
                        walk.Push((successor, 0));
                    }
                    else if (isOpen[successor])
                    {
                        lowest[node] = Math.Min(lowest[node], order[successor]);
                    }

                    continue;
                }

                if (walk.TryPeek(out var above))
                {
                    lowest[above.Node] = Math.Min(lowest[above.Node], lowest[node]);
                }

                if (lowest[node] == order[node])
                {
                    var part = new List<int>();
                    int member;
                    do
                    {
                        member = open.Pop();
                        isOpen[member] = false;
                        part.Add(member);
                    }
                    while (member != node);

                    if (part.Count > 1)
                    {
                        yield return part;
                    }
                }
            }
        }
    }
}
