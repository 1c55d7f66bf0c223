using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>What an export is to hold.</summary>
/// <param name="GroupPaths">Whether a column's name has its groups in front (<c>household-size</c>), as Central does by default.</param>
/// <param name="SplitSelectMultiples">Whether each choice of a select multiple has a column of its own.</param>
/// <param name="Media">Whether the files of the submissions go along.</param>
/// <param name="DeletedFields">Whether questions of earlier versions have columns too.</param>
internal sealed record ExportOptions(bool GroupPaths, bool SplitSelectMultiples, bool Media, bool DeletedFields);

/// <summary>An export that someone asked for and may have.</summary>
/// <param name="Set">The submissions.</param>
/// <param name="Options">What it is to hold.</param>
/// <param name="Names">Finds the names of submitters.</param>
/// <param name="Filter">What must hold, as OData's <c>$filter</c> is written; null for all.</param>
internal sealed record ExportRequest(SubmissionSet Set, ExportOptions Options, FindNames Names, string? Filter = null);

/// <summary>How far an export has come; written by the export, read by anyone.</summary>
internal sealed class ExportProgress
{
    private long _rows;
    private long _damagedRows;

    /// <summary>Submissions written.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Of those, how many could not be opened and stand there as damaged.</summary>
    public long DamagedRows => Interlocked.Read(ref _damagedRows);

    /// <summary>Adds what a block brought.</summary>
    public void Add(int rows, int damagedRows)
    {
        Interlocked.Add(ref _rows, rows);
        Interlocked.Add(ref _damagedRows, damagedRows);
    }
}
