namespace Fieldkeep.XForms.Tables;

/// <summary>
/// Lays out one table of a form as columns of single cells, in ODK Central's order: for submissions
/// <c>SubmissionDate</c>, the answers, then what is known about them; for repeats the answers, then <c>PARENT_KEY</c> and
/// <c>KEY</c>. Shared by all threads.
/// </summary>
public sealed class FlatTable
{
    private readonly FlatAnswer[] _answers;
    private readonly FlatFact[] _before;
    private readonly FlatFact[] _after;
    private readonly int _answerCells;

    /// <summary>Lays out a table.</summary>
    public FlatTable(FormTable table, ColumnOptions options)
    {
        Table = table;
        var isMain = table.Parent is null;
        _before = isMain ? FlatFacts.Chosen(FlatFacts.BeforeAnswers, options) : [];
        _after = isMain ? FlatFacts.Chosen(FlatFacts.AfterAnswers, options) : [FlatFact.ParentKey, FlatFact.Key];
        _answers = [.. table.Columns.Where(column => options.HasPath(column.Path)).Select(column => new FlatAnswer(column, options))];
        _answerCells = _answers.Sum(answer => answer.Columns.Count);
        Columns = FlatHeadings.MakeUnique(
            [
                .. _before.Select(FlatFacts.ColumnOf),
                .. _answers.SelectMany(answer => answer.Columns),
                .. _after.Select(FlatFacts.ColumnOf),
            ],
            isFact: at => at < _before.Length || at >= _before.Length + _answerCells);
    }

    /// <summary>The table.</summary>
    public FormTable Table { get; }

    /// <summary>All columns in their order.</summary>
    public IReadOnlyList<FlatColumn> Columns { get; }

    /// <summary>Whether it has answers; a table of keys alone says nothing.</summary>
    public bool HasAnswers => _answers.Length > 0;

    /// <summary>Lays out all tables of a form that have something of what is chosen, the submissions always; by index of their table.</summary>
    public static IReadOnlyList<FlatTable?> Of(FormTables tables, ColumnOptions options) =>
        [.. tables.Tables.Select(table => new FlatTable(table, options)).Select(flat => flat.Table.Parent is null || flat.HasAnswers ? flat : null)];

    /// <summary>Writes a row.</summary>
    public void Write<TCells>(ref TCells cells, InstanceRow row, RowFacts facts)
        where TCells : struct, ICellWriter, allows ref struct
    {
        foreach (var fact in _before)
        {
            WriteFact(ref cells, fact, row, facts);
        }

        foreach (var answer in _answers)
        {
            answer.Write(ref cells, row, facts);
        }

        foreach (var fact in _after)
        {
            WriteFact(ref cells, fact, row, facts);
        }

        cells.EndRow();
    }

    /// <summary>Writes a row without answers.</summary>
    public void WriteFacts<TCells>(ref TCells cells, RowFacts facts)
        where TCells : struct, ICellWriter, allows ref struct
    {
        foreach (var fact in _before)
        {
            WriteFact(ref cells, fact, null, facts);
        }

        cells.Skip(_answerCells);
        foreach (var fact in _after)
        {
            WriteFact(ref cells, fact, null, facts);
        }

        cells.EndRow();
    }

    private static void WriteFact<TCells>(ref TCells cells, FlatFact fact, InstanceRow? row, RowFacts facts)
        where TCells : struct, ICellWriter, allows ref struct
    {
        switch (fact)
        {
            case FlatFact.SubmissionDate:
                cells.Write(facts.CreatedAt);
                break;
            case FlatFact.Key:
                cells.Write(facts.InstanceId, row is null ? [] : row.Key);
                break;
            case FlatFact.ParentKey:
                cells.Write(facts.InstanceId, row is null ? [] : row.ParentKey);
                break;
            case FlatFact.SubmitterID:
                cells.Write(facts.SubmitterId);
                break;
            case FlatFact.SubmitterName:
                cells.Write(facts.SubmitterName);
                break;
            case FlatFact.AttachmentsPresent:
                cells.Write((long)facts.AttachmentsPresent);
                break;
            case FlatFact.AttachmentsExpected:
                cells.Write((long)facts.AttachmentsExpected);
                break;
            case FlatFact.Status:
                cells.Write(facts.Status);
                break;
            case FlatFact.ReviewState:
                cells.Write(facts.ReviewState);
                break;
            case FlatFact.DeviceID:
                cells.Write(facts.DeviceId);
                break;
            case FlatFact.Edits:
                cells.Write((long)facts.Edits);
                break;
            default:
                cells.Write(facts.FormVersion);
                break;
        }
    }
}
