using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Confidentiality;

namespace Fieldkeep.XForms.Instances;

/// <summary>Gives the answer to put in the place of one, or null to leave it.</summary>
/// <param name="path">
/// Where it stands, names below the root without rows, such as <c>/household/member/age</c>; of an attribute <c>/meta/entity/@id</c>.
/// </param>
/// <param name="value">The answer, decoded.</param>
public delegate string? ReplaceAnswer(string path, string value);

/// <summary>
/// Replaces answers by what they are and where they stand, in every row of every repeat, and leaves the rest as it was. Of a node that holds an
/// answer that is replaced, comments go with it. Attributes are answers too, but the root's own, which name the form. Needs no form: what a client
/// added is reached too.
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
        var walk = new Walk(replace, output);
        walk.Begin(cursor.Source);
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    walk.Start(ref cursor);
                    break;
                case InstanceNode.Text:
                    walk.Text(ref cursor);
                    break;
                case InstanceNode.End:
                    walk.End(ref cursor);
                    break;
                default:
                    return walk.Finish(cursor.Source);
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
                if (value.Length > 0)
                {
                    answers.Add(KeyValuePair.Create(path, value));
                }

                return null;
            },
            new ArrayBufferWriter<byte>());
        return answers;
    }

    private sealed class Walk(ReplaceAnswer replace, IBufferWriter<byte> output)
    {
        private readonly List<Node> _open = [];
        private readonly StringBuilder _text = new();
        private int _textStart;
        private int _copied;
        private int _replaced;

        public void Begin(ReadOnlySpan<byte> source)
        {
            if (InstanceEncoding.FindDeclaredOther(source) is { } declared)
            {
                output.Write(source[..declared.Start.Value]);
                output.Write("UTF-8"u8);
                _copied = declared.End.Value;
            }
        }

        public void Start(ref InstanceCursor cursor)
        {
            if (_open.Count > 0)
            {
                ReplaceBetween(cursor.Source, cursor.TagStart);
                _open[^1] = _open[^1] with { HasChildren = true };
            }

            var path = _open.Count == 0 ? "" : $"{_open[^1].Path}/{Encoding.UTF8.GetString(cursor.LocalName)}";
            _open.Add(new Node(path, cursor.Position, cursor.IsEmptyElement));
            if (path.Length > 0)
            {
                ReplaceAttributes(ref cursor, path);
            }
        }

        public void Text(ref InstanceCursor cursor)
        {
            _textStart = _text.Length == 0 ? cursor.TextStart : _textStart;
            _text.Append(InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata));
        }

        public void End(ref InstanceCursor cursor)
        {
            var node = _open[^1];
            if (node.HasChildren)
            {
                ReplaceBetween(cursor.Source, cursor.EndTagStart);
            }
            else if (node is { IsEmpty: false, Path.Length: > 0 } && cursor.EndTagStart > node.ContentStart && replace(node.Path, _text.ToString()) is { } value)
            {
                // Whoever empties a question, empties it of a comment that stands there alone, too; nobody puts an answer in the place of none.
                value = _text.Length > 0 ? value : "";
                Put(cursor.Source, node.ContentStart, cursor.EndTagStart, value, node.Path);
            }

            _text.Clear();
            _open.RemoveAt(_open.Count - 1);
        }

        public int Finish(ReadOnlySpan<byte> source)
        {
            output.Write(source[_copied..]);
            return _replaced;
        }

        // What stands between the children of a node that was meant to have none, or none of its own text.
        private void ReplaceBetween(ReadOnlySpan<byte> source, int end)
        {
            var node = _open[^1];
            if (node.Path.Length > 0 && _text.ToString() is var text && !string.IsNullOrWhiteSpace(text) && replace(node.Path, text) is { } value)
            {
                Put(source, _textStart, end, value, node.Path);
            }

            _text.Clear();
        }

        private void ReplaceAttributes(ref InstanceCursor cursor, string path)
        {
            for (var at = 0; at < cursor.AttributeCount; at++)
            {
                var name = cursor.AttributeName(at);
                var raw = cursor.AttributeValue(at);
                if (raw.IsEmpty || InstanceSplit.IsOfXml(name))
                {
                    continue;
                }

                var place = $"{path}/@{Encoding.UTF8.GetString(InstanceSplit.LocalOf(name))}";
                if (replace(place, InstanceText.DecodeAttribute(raw)) is { } value)
                {
                    var end = cursor.AttributePlace(at).End - 1;
                    output.Write(cursor.Source[_copied..(end - raw.Length)]);
                    InstanceEscape.WriteAttribute(output, value, place);
                    _copied = end;
                    _replaced++;
                }
            }
        }

        private void Put(ReadOnlySpan<byte> source, int start, int end, string value, string path)
        {
            output.Write(source[_copied..start]);
            InstanceEscape.WriteText(output, value, path);
            _copied = end;
            _replaced++;
        }
    }

    private readonly record struct Node(string Path, int ContentStart, bool IsEmpty)
    {
        public bool HasChildren { get; init; }
    }
}
