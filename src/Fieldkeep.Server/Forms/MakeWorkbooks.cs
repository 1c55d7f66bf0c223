using System.Security.Cryptography;
using System.Text;
using Fieldkeep.XForms.Export;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.Server.Forms;

/// <summary>A workbook made from an XForm.</summary>
/// <param name="Content">The file's bytes; null when the form does not fit into a workbook.</param>
/// <param name="Notes">How many things the workbook says differently or not at all.</param>
/// <param name="Refusal">Why there is no file; null when there is one.</param>
internal sealed record MadeWorkbook(byte[]? Content, int Notes, string? Refusal);

/// <summary>
/// Makes workbooks from XForms, one at a time: a large form takes hundreds of megabytes while it is compiled for comparison.
/// The last ones are kept, so that the same form is not made again for everyone who asks.
/// </summary>
internal sealed class MakeWorkbooks : IDisposable
{
    /// <summary>Most bytes of all files kept together.</summary>
    public const int MaxKeptBytes = 16 * 1024 * 1024;

    /// <summary>Most files kept.</summary>
    public const int MaxKept = 64;

    private readonly SemaphoreSlim _one = new(1);

    // The content decides, not the version: publishing changes the XForm of a draft. Only who holds the turn touches these.
    private readonly OrderedDictionary<string, MadeWorkbook> _kept = new(StringComparer.Ordinal);

    /// <summary>How many workbooks were made since the start, those given again not counted.</summary>
    public int MadeCount { get; private set; }

    /// <summary>Makes a workbook, or gives the one made before.</summary>
    /// <param name="readAsync">Reads the XForm and its <c>itemsets.csv</c>, when it is this call's turn.</param>
    /// <param name="cancellationToken">Ends the waiting and the work.</param>
    public async Task<MadeWorkbook> RunAsync(
        Func<CancellationToken, Task<(string XForm, string? Itemsets)>> readAsync, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var (xform, itemsets) = await readAsync(cancellationToken);
            var key = KeyOf(xform, itemsets);
            if (!_kept.TryGetValue(key, out var made))
            {
                made = Make(xform, itemsets, cancellationToken);
                MadeCount++;
                Keep(key, made);
            }

            return made;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private static MadeWorkbook Make(string xform, string? itemsets, CancellationToken cancellationToken)
    {
        try
        {
            var made = XlsFormExporter.Export(xform, itemsets, cancellationToken);
            using var file = new MemoryStream();
            WorkbookWriter.WriteXlsx(made.Workbook, file);
            return new MadeWorkbook(file.ToArray(), made.Diagnostics.Count, null);
        }
        catch (XlsxLimitException e)
        {
            return new MadeWorkbook(null, 0, e.Message);
        }
    }

    private static string KeyOf(string xform, string? itemsets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(xform)));
        hash.AppendData(itemsets is null ? [] : SHA256.HashData(Encoding.UTF8.GetBytes(itemsets)));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private void Keep(string key, MadeWorkbook made)
    {
        if (made.Content?.Length > MaxKeptBytes)
        {
            return;
        }

        _kept.Add(key, made);
        while (_kept.Count > MaxKept || _kept.Values.Sum(one => (long)(one.Content?.Length ?? 0)) > MaxKeptBytes)
        {
            _kept.RemoveAt(0);
        }
    }
}
