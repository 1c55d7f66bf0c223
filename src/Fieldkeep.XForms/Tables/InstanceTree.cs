using System.Text;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>One node of an instance beside what its form says of it; for showing one record to a person.</summary>
public sealed class InstanceTree
{
    private readonly List<InstanceTree> _children = [];

    private InstanceTree(string name, string path, FormElement? element)
    {
        Name = name;
        Path = path;
        Element = element;
    }

    /// <summary>Own name.</summary>
    public string Name { get; }

    /// <summary>Names below the root, such as <c>/household/size</c>.</summary>
    public string Path { get; }

    /// <summary>What the form says of it; null for a node the form does not know.</summary>
    public FormElement? Element { get; }

    /// <summary>The answer; null for a node that holds others.</summary>
    public string? Value { get; private set; }

    /// <summary>Whether the answer was taken out: it may be there, and only holders of the right see it.</summary>
    public bool IsConfidential { get; private set; }

    /// <summary>Metres within which the true point lies; null when the answer is no displaced point.</summary>
    public double? Radius { get; private set; }

    /// <summary>Counts the rows of a repeat from 1; null for other nodes.</summary>
    public int? RepeatIndex { get; private set; }

    /// <summary>Nodes inside, in the instance's order.</summary>
    public IReadOnlyList<InstanceTree> Children => _children;

    /// <summary>Reads an instance whole; the root has an empty path.</summary>
    /// <exception cref="InstanceException">It is not well-formed.</exception>
    public static InstanceTree Read(ReadOnlySpan<byte> xml, XForm form)
    {
        var cursor = new InstanceCursor(xml);
        cursor.Read();
        var root = new InstanceTree(Encoding.UTF8.GetString(cursor.LocalName), "", form.Root);
        var open = new Stack<InstanceTree>([root]);
        var text = new StringBuilder();
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    open.Push(open.Peek().Add(Encoding.UTF8.GetString(cursor.LocalName), form));
                    Mark(ref cursor, open.Peek());
                    text.Clear();
                    break;
                case InstanceNode.Text:
                    text.Append(InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata));
                    break;
                case InstanceNode.End:
                    var ended = open.Pop();
                    if (ended._children.Count == 0 && ended.Element is not (GroupElement or RepeatElement))
                    {
                        ended.Value = text.ToString();
                    }

                    text.Clear();
                    break;
                default:
                    return root;
            }
        }
    }

    /// <summary>Lists this node and all below it, in the instance's order.</summary>
    public IEnumerable<InstanceTree> ListAll() => _children.SelectMany(child => child.ListAll()).Prepend(this);

    private static void Mark(ref InstanceCursor cursor, InstanceTree node)
    {
        if (cursor.AttributeCount > 0)
        {
            var (isConfidential, radius) = ConfidentialMarks.Read(ref cursor);
            node.IsConfidential = isConfidential;
            node.Radius = radius > 0 ? radius : null;
        }
    }

    private InstanceTree Add(string name, XForm form)
    {
        var known = Element is null ? null : form.Find($"{Element.Path}/{name}");
        var child = new InstanceTree(name, $"{Path}/{name}", known);
        if (known is RepeatElement)
        {
            child.RepeatIndex = 1 + (_children.FindLast(sibling => sibling.Name == name)?.RepeatIndex ?? 0);
        }

        _children.Add(child);
        return child;
    }
}
