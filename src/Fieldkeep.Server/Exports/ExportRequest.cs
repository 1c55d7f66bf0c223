using Fieldkeep.Server.Exports.Decryption;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports;

/// <summary>What an export is to hold.</summary>
/// <param name="GroupPaths">Whether a column's name has its groups in front (<c>household-size</c>), as Central does by default.</param>
/// <param name="SplitSelectMultiples">Whether each choice of a select multiple has a column of its own.</param>
/// <param name="Media">Whether the files of the submissions go along with <c>csv.zip</c>.</param>
/// <param name="DeletedFields">Whether questions of earlier versions have columns too.</param>
internal sealed record ExportOptions(bool GroupPaths, bool SplitSelectMultiples, bool Media, bool DeletedFields)
{
    /// <summary>What kind of file.</summary>
    public ExportFormat Format { get; init; }

    /// <summary>Whether choices are shown by their labels.</summary>
    public bool Labels { get; init; }

    /// <summary>Whether columns are headed by labels.</summary>
    public bool LabelHeadings { get; init; }

    /// <summary>The language of labels; null for the form's default.</summary>
    public string? Language { get; init; }

    /// <summary>Paths of what is wanted, and names of columns that every submission has; null for everything.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Path of the geometry question that is wanted on a map; null for all.</summary>
    public string? Geometry { get; init; }

    /// <summary>How attachments are named, such as <c>{instanceId}/{question}.{ext}</c>; null for their own names.</summary>
    public string? MediaNames { get; init; }

    /// <summary>Gives what formats need to know of this.</summary>
    public ColumnOptions ToColumns(string? defaultLanguage) => new(GroupPaths, SplitSelectMultiples)
    {
        Labels = Labels,
        LabelHeadings = LabelHeadings,
        Language = Language ?? defaultLanguage,
        Chosen = Columns?.ToHashSet(StringComparer.Ordinal),
    };
}

/// <summary>An export that someone asked for and may have.</summary>
/// <param name="Actor">Whose rights count.</param>
/// <param name="Set">The submissions.</param>
/// <param name="Options">What it is to hold.</param>
/// <param name="Names">Finds the names of submitters.</param>
/// <param name="Filter">What must hold, as OData's <c>$filter</c> is written; null for all.</param>
internal sealed record ExportRequest(Actor Actor, SubmissionSet Set, ExportOptions Options, FindNames Names, string? Filter = null)
{
    /// <summary>Whether the trash is in it too.</summary>
    public bool AsksTrash { get; init; }

    /// <summary>Opens what phones encrypted; null when that is to stay closed. Whoever writes the export disposes them.</summary>
    public ExportKeys? Keys { get; init; }

    /// <summary>Remembers what goes in; null for someone who sees all and did not ask for the trash, and where the file is not kept.</summary>
    public SeenInExport? Seen { get; init; }

    /// <summary>The link that it is fetched by; null for someone who is signed in.</summary>
    public long? LinkId { get; init; }

    /// <summary>Whether it holds in the clear what phones encrypted.</summary>
    public bool IsDecrypted => Keys is { IsEmpty: false };

    /// <summary>What the audit book says of it behind how much it held.</summary>
    public string Circumstances => (IsDecrypted ? ", decrypted" : "") + (Set.IsWhole ? ", confidential" : "") + (Set.Rows.IsAll ? "" : $", limited by {Set.Rows.Hash}") + (LinkId is { } link ? $", by link {link}" : "");

    /// <summary>How the file is called.</summary>
    public string FileName => $"{Set.XmlFormId}.{ExportFormats.Of(Options.Format).Extension}";
}

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
