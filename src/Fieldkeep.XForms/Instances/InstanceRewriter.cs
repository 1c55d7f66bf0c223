using System.Buffers;
using System.Text;

namespace Fieldkeep.XForms.Instances;

/// <summary>Gives the answer to put in the place of one, or null to leave it.</summary>
/// <param name="path">Where it stands, names below the root without rows, such as <c>/household/member/age</c>.</param>
/// <param name="value">The answer, decoded.</param>
public delegate string? ReplaceAnswer(string path, string value);

/// <summary>
/// Replaces answers by what they are and where they stand, in every row of every repeat, and leaves the rest as it was. Of a node that holds an
/// answer that is replaced, comments go with it. Needs no form: what a client added is reached too.
/// </summary>
public static class InstanceRewriter
{
    /// <summary>Writes the rewritten instance as UTF-8; gives how many answers were replaced.</summary>
    /// <exception cref="InstanceException">The instance is not well-formed, or an answer has a character XML cannot hold.</exception>
    public static int Write(ReadOnlySpan<byte> xml, ReplaceAnswer replace, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(replace);
        ArgumentNullException.ThrowIfNull(output);
        var cursor = new InstanceCursor(xml);
        var source = cursor.Source;
        var copied = 0;
        if (InstanceEncoding.FindDeclaredOther(source) is { } declared)
        {
            output.Write(source[..declared.Start.Value]);
            output.Write("UTF-8"u8);
            copied = declared.End.Value;
        }

        var open = new List<Node>();
        var text = new StringBuilder();
        var replaced = 0;
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    if (open.Count > 0)
                    {
                        open[^1] = open[^1] with { HasChildren = true };
                    }

                    var above = open.Count == 0 ? null : open[^1].Path;
                    var path = above is null ? "" : $"{above}/{Encoding.UTF8.GetString(cursor.LocalName)}";
                    open.Add(new Node(path, cursor.Position, cursor.IsEmptyElement));
                    text.Clear();
                    break;
                case InstanceNode.Text:
                    text.Append(InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata));
                    break;
                case InstanceNode.End:
                    var node = open[^1];
                    open.RemoveAt(open.Count - 1);
                    if (node is { IsEmpty: false, HasChildren: false, Path.Length: > 0 } && text.Length > 0
                        && replace(node.Path, text.ToString()) is { } value)
                    {
                        output.Write(source[copied..node.ContentStart]);
                        InstanceEscape.WriteText(output, value, node.Path);
                        copied = cursor.EndTagStart;
                        replaced++;
                    }

                    text.Clear();
                    break;
                case InstanceNode.Done:
                    output.Write(source[copied..]);
                    return replaced;
                default:
                    break;
            }
        }
    }

    /// <summary>Reads every answer with where it stands.</summary>
    /// <exception cref="InstanceException">The instance is not well-formed.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Read(ReadOnlySpan<byte> xml)
    {
        var answers = new List<KeyValuePair<string, string>>();
        Write(
            xml,
            (path, value) =>
            {
                answers.Add(KeyValuePair.Create(path, value));
                return null;
            },
            new ArrayBufferWriter<byte>());
        return answers;
    }

    private readonly record struct Node(string Path, int ContentStart, bool IsEmpty)
    {
        public bool HasChildren { get; init; }
    }
}
