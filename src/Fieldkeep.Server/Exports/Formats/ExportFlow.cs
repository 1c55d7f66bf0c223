using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Takes bytes of an export's first table.</summary>
internal delegate ValueTask TakeBytes(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

/// <summary>Sends the rows of an export through its format; what cannot go out yet waits, sealed.</summary>
internal sealed class ExportFlow(ChosenRows chosen, SubmissionRows rows, SpoolFolder spool)
{
    // Of all tables that wait together; beyond it they wait in sealed files.
    private const int MemoryBytes = 8 * 1024 * 1024;

    private const int LeastBytes = 64 * 1024;

    /// <summary>Makes a place to wait for each of some outputs.</summary>
    public WaitingTables Wait(int outputs) =>
        new([.. Enumerable.Range(0, outputs).Select(_ => spool.Begin(Math.Max(LeastBytes, MemoryBytes / Math.Max(outputs, 1))))]);

    /// <summary>Runs all submissions through the format, newest first.</summary>
    /// <param name="makeWriter">Makes a writer for each core.</param>
    /// <param name="first">Takes the first output; null when it waits as well.</param>
    /// <param name="waiting">Takes the outputs; the first is left empty when <paramref name="first"/> takes it.</param>
    public Task RunAsync(
        PreparedExport export,
        Func<IRowWriter> makeWriter,
        ExportProgress progress,
        TakeBytes? first,
        WaitingTables? waiting,
        CancellationToken cancellationToken) => rows.StreamAsync(
            new RowSource(
                export.Request.Set,
                chosen.ReadAsync(export.Request, cancellationToken),
                new SubmitterNames(export.Request.Names),
                export.Request.Keys),
            () => new RowFormat(export.Shape, makeWriter()),
            async (block, token) =>
            {
                for (var output = 0; output < block.Tables.Count; output++)
                {
                    var written = block.Tables[output].Written;
                    if (output == 0 && first is not null)
                    {
                        await first(written, token);
                    }
                    else if (waiting is not null && !written.IsEmpty)
                    {
                        await waiting.WriteAsync(output, written, token);
                    }
                }

                progress.Add(block.Rows, block.DamagedRows);
            },
            cancellationToken);
}

/// <summary>Tables that wait until those before them are written.</summary>
internal sealed class WaitingTables(IReadOnlyList<SealedSpool> spools) : IDisposable
{
    // Fewer and larger pieces for the compressor and the network.
    private const int CopyBytes = 64 * 1024;

    /// <summary>Bytes that wait of a table.</summary>
    public long LengthOf(int table) => spools[table].Length;

    /// <summary>Adds bytes to a table.</summary>
    public ValueTask WriteAsync(int table, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        spools[table].WriteAsync(bytes, cancellationToken);

    /// <summary>Ends a table and opens it from its beginning.</summary>
    public async Task<Stream> OpenAsync(int table, CancellationToken cancellationToken)
    {
        await spools[table].CompleteAsync(cancellationToken);
        return await spools[table].OpenReadAsync(cancellationToken);
    }

    /// <summary>Ends a table and copies it.</summary>
    public async Task CopyToAsync(int table, Stream into, CancellationToken cancellationToken)
    {
        await using var content = await OpenAsync(table, cancellationToken);
        await content.CopyToAsync(into, CopyBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in spools)
        {
            one.Dispose();
        }
    }
}
