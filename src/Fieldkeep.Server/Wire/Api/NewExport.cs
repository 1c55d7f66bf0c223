using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Exports.Saved;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>An export to be made.</summary>
/// <param name="Format">One of <c>csv.zip</c> (default), <c>csv</c>, <c>xlsx</c>, <c>json</c>, <c>ndjson</c>, <c>geojson</c>, <c>kml</c>, <c>sav.zip</c>, <c>media.zip</c>.</param>
/// <param name="GroupPaths">Whether column names begin with their groups. Default: true.</param>
/// <param name="SplitSelects">Whether each choice of a select_multiple gets a column. Default: false.</param>
/// <param name="Media">Whether attachments are in a <c>csv.zip</c>. Default: true.</param>
/// <param name="DeletedFields">Whether questions that only earlier versions have are in it. Default: true.</param>
/// <param name="Draft">Whether the tests of the draft are meant. Default: false.</param>
/// <param name="Filter">What must hold, written as OData's <c>$filter</c>. Default: all.</param>
internal sealed record NewExport(
    string? Format, bool? GroupPaths, bool? SplitSelects, bool? Media, bool? DeletedFields, bool? Draft, string? Filter)
{
    /// <summary>Whether choices are shown by their labels. Default: false.</summary>
    public bool? Labels { get; init; }

    /// <summary>Whether columns are headed by the questions' labels. Default: false.</summary>
    public bool? LabelHeadings { get; init; }

    /// <summary>The language of labels as the form spells it. Default: the form's default.</summary>
    public string? Language { get; init; }

    /// <summary>Paths of questions, groups and repeats, and names such as <c>SubmissionDate</c>. Default: everything.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Path of the one geometry question of a map. Default: all.</summary>
    public string? Geometry { get; init; }

    /// <summary>How attachments are named: text with <c>{instanceId}</c>, <c>{question}</c>, <c>{name}</c>, <c>{ext}</c>, <c>{date}</c>, <c>{submitter}</c>. Default: their own names.</summary>
    public string? MediaNames { get; init; }

    /// <summary>Only submissions that arrived then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only submissions that arrived earlier.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Only these review states; <c>received</c> for those nobody reviewed.</summary>
    public IReadOnlyList<string>? ReviewStates { get; init; }

    /// <summary>Only what these people and phones sent, by their numbers.</summary>
    public IReadOnlyList<long>? Submitters { get; init; }

    /// <summary>
    /// Passphrases by the numbers of the keys they open, for answers that phones encrypted. Held in memory while the export is made; a
    /// saved export keeps none.
    /// </summary>
    public IReadOnlyDictionary<long, string>? Passphrases { get; init; }

    /// <summary>
    /// Whether confidential answers and files are in it, which needs the right to read them and is noted. Default: false; a saved export never
    /// holds them.
    /// </summary>
    public bool? Confidential { get; init; }

    /// <summary>Shows what was saved as it could be asked for.</summary>
    public static NewExport Of(SavedSettings saved) => new(
        ExportFormats.Of(saved.Options.Format).Name,
        saved.Options.GroupPaths,
        saved.Options.SplitSelectMultiples,
        saved.Options.Media,
        saved.Options.DeletedFields,
        saved.IsDraft,
        saved.Selection.Filter)
    {
        Labels = saved.Options.Labels,
        LabelHeadings = saved.Options.LabelHeadings,
        Language = saved.Options.Language,
        Columns = saved.Options.Columns,
        Geometry = saved.Options.Geometry,
        MediaNames = saved.Options.MediaNames,
        From = saved.Selection.From,
        Before = saved.Selection.Before,
        ReviewStates = saved.Selection.ReviewStates,
        Submitters = saved.Selection.Submitters,
    };

    /// <summary>Gives what is wanted.</summary>
    /// <exception cref="ProblemException"><c>export.unknown_format</c>.</exception>
    public WantedExport ToWanted(ProjectRef project, string xmlFormId) => new(
        project,
        xmlFormId,
        Draft ?? false,
        new RowSelection(From, Before, ReviewStates, Submitters, Filter),
        new ExportOptions(GroupPaths ?? true, SplitSelects ?? false, Media ?? true, DeletedFields ?? true)
        {
            Format = ExportFormats.Parse(Format),
            Labels = Labels ?? false,
            LabelHeadings = LabelHeadings ?? false,
            Language = Language,
            Columns = Columns,
            Geometry = Geometry,
            MediaNames = MediaNames,
        })
    {
        Passphrases = Passphrases is null ? null : new Passphrases(Passphrases),
        Confidential = Confidential ?? false,
    };
}
