using System.Text;
using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>Says how references are written in a place.</summary>
internal enum ReferenceStyle
{
    /// <summary>Relative inside repeats, with <c>current()</c> only inside predicates of instances.</summary>
    Plain,

    /// <summary>As plain, with <c>current()</c> before every relative path: filters of choices.</summary>
    Current,

    /// <summary>As current, and paths into the own repeat name the repeat: filters of choices from a repeat.</summary>
    CurrentFromParent,

    /// <summary>Paths into the own repeat name the repeat: the nodeset of choices from a repeat.</summary>
    FromParent,
}

/// <summary>Replaces references by paths.</summary>
internal sealed class ResolveReferences(FormTree tree, TreeContext context)
{
    private const string LastSaved = "instance('__last-saved')";
    private const string IndexedRepeat = "indexed-repeat(";

    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    /// <summary>Replaces all references of an expression.</summary>
    /// <param name="text">The expression as written.</param>
    /// <param name="from">The node that relative paths start at; null for absolute paths.</param>
    /// <param name="style">How references are written in this place.</param>
    /// <param name="item">The node each item stands for: references into it start at the item itself.</param>
    public string Expression(
        string text, FormNode? from, ReferenceStyle style = ReferenceStyle.Plain, FormNode? item = null)
    {
        var reference = Reference.Find(text, 0);
        if (reference is null)
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 64);
        var end = 0;
        for (; reference is { } found; reference = Reference.Find(text, found.End))
        {
            result.Append(text, end, found.Start - end).Append(Path(text, found, from, style, item));
            end = found.End;
        }

        return result.Append(text, end, text.Length - end).ToString();
    }

    /// <summary>Gives the path for one reference of a text, with a space on each side.</summary>
    public string Path(
        string text,
        Reference reference,
        FormNode? from,
        ReferenceStyle style = ReferenceStyle.Plain,
        FormNode? item = null)
    {
        if (Target(reference, from) is not { } target)
        {
            return "";
        }

        if (reference.IsLastSaved)
        {
            return $" {LastSaved}{target.Path} ";
        }

        if (item is not null && target.IsBelow(item))
        {
            return $" .{target.Path[item.Path.Length..]} ";
        }

        var isRelative = from is not null && !IsAbsoluteArgument(text, reference);
        var relative = isRelative ? Relative(from, target, style) : null;
        if (relative is null)
        {
            return $" {target.Path} ";
        }

        var usesCurrent = style is ReferenceStyle.Current or ReferenceStyle.CurrentFromParent
            || IsInInstancePredicate(text, reference);
        return usesCurrent ? $" current()/{relative} " : $" {relative} ";
    }

    /// <summary>Finds the node that a text consisting of one reference means; null when it is none, which is reported.</summary>
    public FormNode? Target(string text, FormNode from) =>
        Reference.Find(text, 0) is { } reference ? Target(reference, from) : null;

    private FormNode? Target(Reference reference, FormNode? from)
    {
        var targets = tree.Find(reference.Name);
        if (targets.Count == 1)
        {
            return targets[0];
        }

        if (_reported.Add(reference.Name))
        {
            var (code, problem) = targets.Count == 0
                ? (DiagnosticCode.ReferenceUnknownLate, "names no question")
                : (DiagnosticCode.ReferenceAmbiguousLate, $"can mean {targets.Count} questions");
            context.Error(
                code, from?.Row ?? 1, null, $"${{{reference.Name}}} {problem}. Give every question you refer to its own name.");
        }

        return targets.Count == 0 ? null : targets[0];
    }

    private static string? Relative(FormNode? from, FormNode target, ReferenceStyle style)
    {
        var repeat = from?.RepeatAbove;
        while (repeat is not null && !target.IsBelow(repeat))
        {
            repeat = repeat.RepeatAbove;
        }

        if (from is null || repeat is null)
        {
            return null;
        }

        if (style is ReferenceStyle.FromParent or ReferenceStyle.CurrentFromParent
            && ReferenceEquals(repeat, target.RepeatAbove)
            && (repeat.RepeatAbove is null || !ReferenceEquals(from.RepeatAbove, repeat)))
        {
            // A repeat always has a parent: the root is no repeat.
            return Steps(from, repeat.Parent!) + target.Path[repeat.Parent!.Path.Length..];
        }

        var shared = from.Parent;
        while (shared is not null && !(shared.Kind is NodeKind.Group or NodeKind.Repeat && target.IsBelow(shared)))
        {
            shared = shared.Parent;
        }

        // The repeat found above is such a node, so the search cannot run past the root.
        return Steps(from, shared!) + target.Path[shared!.Path.Length..];
    }

    private static string Steps(FormNode from, FormNode ancestor)
    {
        var count = 0;
        for (var node = from; !ReferenceEquals(node, ancestor); node = node.Parent!)
        {
            // ancestor is above from, so Parent is not null before it is reached.
            count += node.IsFlattened ? 0 : 1;
        }

        return string.Join('/', Enumerable.Repeat("..", count));
    }

    private static bool IsInInstancePredicate(string text, Reference reference)
    {
        if (!text.Contains("instance(", StringComparison.Ordinal))
        {
            return false;
        }

        var open = text.IndexOf('[', StringComparison.Ordinal);
        while (open >= 0 && open < reference.Start)
        {
            var close = text.IndexOf(']', open);
            if (close < 0)
            {
                return false;
            }

            if (close >= reference.End)
            {
                return true;
            }

            open = text.IndexOf('[', close);
        }

        return false;
    }

    /// <summary>
    /// Says whether a reference is one of the arguments of <c>indexed-repeat</c> that name nodes: 0, 1, 3 and 5.
    /// </summary>
    private static bool IsAbsoluteArgument(string text, Reference reference)
    {
        var start = text.LastIndexOf(IndexedRepeat, reference.Start, StringComparison.Ordinal);
        if (start < 0)
        {
            return false;
        }

        var arguments = text.AsSpan(start + IndexedRepeat.Length, reference.Start - start - IndexedRepeat.Length);
        return !arguments.Contains(')') && arguments.Count(',') is 0 or 1 or 3 or 5;
    }
}
