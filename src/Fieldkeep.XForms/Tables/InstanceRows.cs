using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.XForms.Tables;

/// <summary>Turns instances into rows in one pass over their bytes. Keeps its buffers: one for each core, not shared.</summary>
/// <remarks>Nodes the form does not know are passed over; of a question answered twice in one row the last answer counts.</remarks>
public sealed class InstanceRows : IDisposable
{
    // Most instances have 1 to 20 KB of answers; a buffer that grew beyond this is not kept.
    private const int KeptBytes = 1024 * 1024;
    private const int FirstBytes = 32 * 1024;

    private readonly FormTables _tables;
    private readonly InstanceRow[] _rows;
    private readonly int[] _hints;
    private byte[] _text = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _length;
    private int _used;

    /// <summary>Makes a reader for the tables of a form.</summary>
    public InstanceRows(FormTables tables)
    {
        _tables = tables;
        _rows = [.. tables.Tables.Select(table => new InstanceRow(this, table))];
        _hints = new int[tables.NodeCount];
    }

    /// <summary>Whether the instance read last was encrypted on the device, so that its answers are in another file.</summary>
    public bool IsEncrypted { get; private set; }

    /// <summary>
    /// Whether the instance read last had nodes that the form does not know; the <c>deprecatedID</c> of an edit and what
    /// else its head may hold is none.
    /// </summary>
    public bool HasStrays { get; private set; }

    /// <summary>Reads an instance and gives its rows to <paramref name="sink"/>, that of the submission last.</summary>
    /// <exception cref="InstanceException">It is not well-formed; rows may have been given before.</exception>
    public void Read(ReadOnlySpan<byte> xml, IInstanceRowSink sink)
    {
        try
        {
            var cursor = new InstanceCursor(xml);
            cursor.Read();
            IsEncrypted = cursor.FindAttribute("encrypted"u8)?.Trim() is "yes" or "true";
            HasStrays = false;
            Begin(_tables.Root, null);
            Walk(ref cursor, sink);
            sink.Take(_rows[0]);
        }
        finally
        {
            Wipe();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Wipe();
        ArrayPool<byte>.Shared.Return(_text);
        _text = [];
    }

    internal ReadOnlySpan<byte> TextAt(InstanceRow.Cell cell) => _text.AsSpan(cell.Start, cell.Length);

    private void Walk(ref InstanceCursor cursor, IInstanceRowSink sink)
    {
        var node = _tables.Root;
        var unknown = 0;
        var start = 0;
        var isConfidential = false;
        var radius = 0.0;
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    if (unknown > 0 || Enter(node, ref cursor) is not { } child)
                    {
                        unknown++;
                        break;
                    }

                    node = child;
                    start = _length;
                    (isConfidential, radius) = cursor.AttributeCount > 0 ? ConfidentialMarks.Read(ref cursor) : default;
                    break;
                case InstanceNode.Text:
                    if (unknown == 0 && node.Column >= 0)
                    {
                        Append(cursor.RawText, cursor.IsEscaped, cursor.IsCdata);
                    }

                    break;
                case InstanceNode.End:
                    if (unknown > 0)
                    {
                        unknown--;
                    }
                    else if (node.Parent is { } parent)
                    {
                        Leave(node, start, isConfidential, radius, sink);
                        isConfidential = false;
                        node = parent;
                        start = _length;
                    }

                    break;
                default:
                    return;
            }
        }
    }

    private TableNode? Enter(TableNode node, ref InstanceCursor cursor)
    {
        var child = node.Find(cursor.LocalName, ref _hints[node.Ordinal]);
        if (child is null)
        {
            HasStrays |= !node.IsMeta;
            return null;
        }

        _hints[child.Ordinal] = 0;
        if (child.IsRepeat)
        {
            // Old clients send the empty row that new rows are copied from.
            if (cursor.FindAttribute("jr:template"u8) is not null)
            {
                return null;
            }

            Begin(child, _rows[node.Table.Index]);
        }

        return child;
    }

    private void Begin(TableNode node, InstanceRow? parent)
    {
        var table = node.Table;
        var row = _rows[table.Index];
        row.Clear();
        row.TextStart = _length;
        row.ParentRow = parent;
        row.KeyCell = default;
        _hints[node.Ordinal] = 0;
        if (parent is null)
        {
            return;
        }

        var number = ++parent.RepeatCounts[table.RepeatIndex];
        var size = parent.KeyCell.Length + table.KeyStep.Length + 12;
        Reserve(size);
        var key = _text.AsSpan(_length, size);
        parent.Key.CopyTo(key);
        var length = parent.KeyCell.Length;
        table.KeyStep.CopyTo(key[length..]);
        length += table.KeyStep.Length;
        key[length++] = (byte)'[';
        number.TryFormat(key[length..], out var digits, default, CultureInfo.InvariantCulture);
        length += digits;
        key[length++] = (byte)']';
        row.KeyCell = new InstanceRow.Cell(_length, length);
        Advance(length);
    }

    private void Leave(TableNode node, int start, bool isConfidential, double radius, IInstanceRowSink sink)
    {
        if (node.Column >= 0 && (node.Children.Length == 0 || isConfidential || HasText(start)))
        {
            _rows[node.Table.Index].Set(node.Column, new InstanceRow.Cell(start, _length - start, isConfidential, radius));
        }

        if (node.IsRepeat)
        {
            var row = _rows[node.Table.Index];
            sink.Take(row);
            _length = row.TextStart;
        }
    }

    // A node that is a question in one version and a group in another has white space between its children.
    private bool HasText(int start) => _text.AsSpan(start, _length - start).ContainsAnyExcept(" \t\r\n"u8);

    private void Append(ReadOnlySpan<byte> raw, bool isEscaped, bool isCdata)
    {
        Reserve(raw.Length);
        var into = _text.AsSpan(_length);
        if (isEscaped)
        {
            Advance(InstanceText.Decode(raw, isCdata, into));
            return;
        }

        raw.CopyTo(into);
        Advance(raw.Length);
    }

    private void Advance(int count)
    {
        _length += count;
        _used = Math.Max(_used, _length);
    }

    private void Reserve(int size)
    {
        if (_text.Length - _length >= size)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_text.Length * 2, _length + size));
        _text.AsSpan(0, _length).CopyTo(larger);
        CryptographicOperations.ZeroMemory(_text.AsSpan(0, _used));
        ArrayPool<byte>.Shared.Return(_text);
        _text = larger;
    }

    // The buffer held answers in the clear.
    private void Wipe()
    {
        CryptographicOperations.ZeroMemory(_text.AsSpan(0, Math.Min(_used, _text.Length)));
        _length = 0;
        _used = 0;
        if (_text.Length > KeptBytes)
        {
            ArrayPool<byte>.Shared.Return(_text);
            _text = ArrayPool<byte>.Shared.Rent(FirstBytes);
        }
    }
}
