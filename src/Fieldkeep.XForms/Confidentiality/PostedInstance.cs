using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Names a confidential question of an instance that was sent.</summary>
/// <param name="Path">Its path in the form.</param>
/// <param name="Place">Its place in the instance.</param>
/// <param name="Row">Place of the row of a repeat it stands in; null outside repeats.</param>
/// <param name="Number">The number its mark bears; null without one.</param>
/// <param name="IsEmpty">Whether it holds no answer.</param>
internal readonly record struct PostedLeaf(string Path, string Place, string? Row, int? Number, bool IsEmpty);

/// <summary>What is known of an instance before it is split: its rows by what is open in them, and its confidential questions.</summary>
internal sealed class PostedInstance
{
    private const int DigestBytes = 16;

    private readonly Dictionary<string, Row> _rows = new(StringComparer.Ordinal);

    /// <summary>Whether the client that sent it keeps marks.</summary>
    public bool KeepsMarks { get; private set; }

    /// <summary>The confidential questions in the instance's order; only of an edit.</summary>
    public List<PostedLeaf> Leaves { get; } = [];

    /// <summary>Where start tags of containers stand that are confidential as a whole and hold text of their own.</summary>
    public HashSet<int> WithText { get; } = [];

    /// <summary>The places of the rows, with the paths of their repeats.</summary>
    public IEnumerable<KeyValuePair<string, string>> Rows => _rows.Select(row => KeyValuePair.Create(row.Key, row.Value.Path));

    /// <summary>Reads an instance.</summary>
    /// <param name="withLeaves">Whether the confidential questions are listed.</param>
    public static PostedInstance Read(ReadOnlySpan<byte> xml, ConfidentialPlan plan, bool withLeaves)
    {
        var posted = new PostedInstance();
        posted.Run(new InstanceCursor(xml), plan, withLeaves);
        return posted;
    }

    /// <summary>Gives the digest of what is open in a row and in those around it; empty outside repeats.</summary>
    public byte[] DigestOf(string? place)
    {
        if (place is null || !_rows.TryGetValue(place, out var row))
        {
            return [];
        }

        if (row.Digest.Length == 0)
        {
            row.Digest = SHA256.HashData([.. SHA256.HashData(row.Open.WrittenSpan), .. DigestOf(row.Around)])[..DigestBytes];
        }

        return row.Digest;
    }

    private void Run(InstanceCursor cursor, ConfidentialPlan plan, bool withLeaves)
    {
        cursor.Read();
        KeepsMarks = cursor.FindAttribute(ConfidentialMarks.Kept) is not null;
        var open = new Stack<(PlanFrame Frame, int TagStart, int Leaves)>();
        open.Push((PlanFrame.Root(plan, cursor.LocalName), cursor.TagStart, 0));
        if (plan.Start.AttributesNode is { } attributes && withLeaves)
        {
            AddAttributes(ref cursor, attributes, open.Peek().Frame);
        }

        var unknown = 0;
        while (cursor.Read() is var node and not InstanceNode.Done)
        {
            var (frame, tagStart, leaves) = open.Count > 0 ? open.Peek() : default;
            switch (node)
            {
                case InstanceNode.Start when unknown == 0 && frame.Find(cursor.LocalName) is { } step:
                    if (step.Node is { } leaf)
                    {
                        var number = InstanceSplit.FindNumber(ref cursor);
                        var place = withLeaves ? frame.Enter(step, cursor.LocalName) : "";
                        var isEmpty = SkipLeaf(ref cursor);
                        if (withLeaves)
                        {
                            Leaves.Add(new PostedLeaf(leaf.Path, place, frame.Row, number, isEmpty));
                        }

                        break;
                    }

                    var next = frame.Open(step, cursor.LocalName);
                    if (step.IsRepeat)
                    {
                        _rows[next.Place] = new Row(step.Path, frame.Row);
                    }

                    open.Push((next, cursor.TagStart, Leaves.Count));
                    if (step.AttributesNode is { } hidden && withLeaves)
                    {
                        AddAttributes(ref cursor, hidden, next);
                    }

                    break;
                case InstanceNode.Start:
                    unknown++;
                    Note(frame.Row, "<"u8, cursor.LocalName);
                    break;
                case InstanceNode.Text when cursor.RawText.ContainsAnyExcept(" \t\r\n"u8):
                    if (unknown > 0)
                    {
                        Note(frame.Row, "="u8, Encoding.UTF8.GetBytes(InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata)));
                    }
                    else if (frame.Step is { IsWhole: true, Path: var path } && path != plan.Start.Path)
                    {
                        WithText.Add(tagStart);
                    }

                    break;
                case InstanceNode.End when unknown > 0:
                    unknown--;
                    Note(frame.Row, ">"u8, []);
                    break;
                case InstanceNode.End:
                    open.Pop();
                    if (WithText.Contains(tagStart) && withLeaves)
                    {
                        Leaves.RemoveRange(leaves, Leaves.Count - leaves);
                        Leaves.Add(new PostedLeaf(frame.Step.Path, frame.Place, open.Peek().Frame.Row, null, IsEmpty: false));
                    }

                    break;
            }
        }
    }

    private void AddAttributes(ref InstanceCursor cursor, ConfidentialNode node, PlanFrame frame) =>
        Leaves.Add(new PostedLeaf(
            node.Path,
            frame.Place + ConfidentialValue.AttributesStep,
            frame.Row,
            InstanceSplit.FindNumber(ref cursor),
            !InstanceSplit.HasHidden(ref cursor, frame.Step)));

    /// <summary>Reads to the end of an element; says whether it holds neither elements nor text but white space.</summary>
    private static bool SkipLeaf(ref InstanceCursor cursor)
    {
        var isEmpty = true;
        var depth = cursor.Depth;
        while (cursor.Read() is var node && (node != InstanceNode.End || cursor.Depth >= depth))
        {
            isEmpty &= node == InstanceNode.Text
                && (InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata) is var text && string.IsNullOrWhiteSpace(text));
        }

        return isEmpty;
    }

    private void Note(string? row, ReadOnlySpan<byte> what, ReadOnlySpan<byte> bytes)
    {
        if (row is not null)
        {
            // The length keeps two texts from reading as one.
            var open = _rows[row].Open;
            open.Write(what);
            open.Write(BitConverter.GetBytes(bytes.Length));
            open.Write(bytes);
        }
    }

    private sealed class Row(string path, string? around)
    {
        public string Path => path;

        public string? Around => around;

        public ArrayBufferWriter<byte> Open { get; } = new();

        public byte[] Digest { get; set; } = [];
    }
}
