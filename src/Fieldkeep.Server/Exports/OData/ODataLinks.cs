using System.Buffers;
using System.Text;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Gives the ids of rows and the links between them, for one submission at a time. Keeps buffers: one for each core.</summary>
internal sealed class ODataLinks : IDisposable
{
    private readonly RepeatRowIds _ids = new();
    private readonly PooledBytes _link = new();
    private byte[] _instanceId = [];
    private byte[]? _root;
    private string _instanceText = "";

    /// <summary>Begins with another submission.</summary>
    public void Begin(string instanceId)
    {
        _instanceText = instanceId;
        _instanceId = Encoding.UTF8.GetBytes(instanceId);
        _root = null;
    }

    /// <summary>Gives the id of a row; valid until the next is asked for.</summary>
    public ReadOnlySpan<byte> IdOf(InstanceRow row) => row.ParentRow is null ? _instanceId : _ids.Of(_instanceId, row.Key);

    /// <summary>Gives the link from a row to its rows of a repeat, such as <c>Submissions('uuid%3A…')/group/repeat</c>.</summary>
    public ReadOnlySpan<byte> LinkOf(InstanceRow row, ODataTable repeat)
    {
        _link.Truncate(0);
        Append(row, repeat.Parent);
        _link.Write(repeat.Step);
        return _link.Written.Span;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ids.Dispose();
        _link.Dispose();
    }

    private void Append(InstanceRow row, ODataTable? table)
    {
        if (row.ParentRow is not { } parent || table is null)
        {
            _link.Write(_root ??= Encoding.UTF8.GetBytes($"{ODataTable.Submissions}('{Quoted(_instanceText)}')"));
            return;
        }

        Append(parent, table.Parent);
        _link.Write(table.Step);
        _link.Write("('"u8);
        _link.Write(IdOf(row));
        _link.Write("')"u8);
    }

    // OData's ABNF, SQUOTE-in-string: an apostrophe inside of two is written twice.
    private static string Quoted(string text) => Uri.EscapeDataString(text.Replace("'", "''", StringComparison.Ordinal));
}
