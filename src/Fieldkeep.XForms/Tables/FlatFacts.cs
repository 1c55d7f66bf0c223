namespace Fieldkeep.XForms.Tables;

/// <summary>Names the columns that rows have whatever the form asks; spelt as ODK Central's CSV spells them.</summary>
internal enum FlatFact
{
    SubmissionDate,
    ParentKey,
    Key,
    SubmitterID,
    SubmitterName,
    AttachmentsPresent,
    AttachmentsExpected,
    Status,
    ReviewState,
    DeviceID,
    Edits,
    FormVersion,
}

/// <summary>Knows the columns that every submission has.</summary>
public static class FlatFacts
{
    internal static readonly FlatFact[] BeforeAnswers = [FlatFact.SubmissionDate];

    internal static readonly FlatFact[] AfterAnswers =
    [
        FlatFact.Key, FlatFact.SubmitterID, FlatFact.SubmitterName, FlatFact.AttachmentsPresent, FlatFact.AttachmentsExpected,
        FlatFact.Status, FlatFact.ReviewState, FlatFact.DeviceID, FlatFact.Edits, FlatFact.FormVersion,
    ];

    /// <summary>Names that may be chosen beside questions.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. BeforeAnswers.Concat(AfterAnswers).Select(NameOf)];

    internal static FlatFact[] Chosen(FlatFact[] facts, ColumnOptions options) =>
        [.. facts.Where(fact => fact == FlatFact.Key || options.HasFact(NameOf(fact)))];

    internal static FlatColumn ColumnOf(FlatFact fact) => fact switch
    {
        FlatFact.SubmissionDate => new FlatColumn(NameOf(fact), "When the submission arrived, UTC", CellKind.DateTime),
        FlatFact.ParentKey => new FlatColumn(NameOf(fact), "Key of the row this one belongs to", CellKind.Text),
        FlatFact.Key => new FlatColumn(NameOf(fact), "Key of this row", CellKind.Text),
        FlatFact.SubmitterID => new FlatColumn(NameOf(fact), "Number of the submitter", CellKind.Integer),
        FlatFact.SubmitterName => new FlatColumn(NameOf(fact), "Name of the submitter", CellKind.Text),
        FlatFact.AttachmentsPresent => new FlatColumn(NameOf(fact), "Attachments that are here", CellKind.Integer),
        FlatFact.AttachmentsExpected => new FlatColumn(NameOf(fact), "Attachments the answers name", CellKind.Integer),
        FlatFact.Status => new FlatColumn(NameOf(fact), "Empty, or what is wrong with the answers", CellKind.Text),
        FlatFact.ReviewState => new FlatColumn(NameOf(fact), "Review state", CellKind.Text),
        FlatFact.DeviceID => new FlatColumn(NameOf(fact), "Id of the device", CellKind.Text),
        FlatFact.Edits => new FlatColumn(NameOf(fact), "Number of edits", CellKind.Integer),
        _ => new FlatColumn(NameOf(fact), "Version of the form", CellKind.Text),
    };

    private static string NameOf(FlatFact fact) => fact switch
    {
        FlatFact.Key => "KEY",
        FlatFact.ParentKey => "PARENT_KEY",
        _ => fact.ToString(),
    };
}
