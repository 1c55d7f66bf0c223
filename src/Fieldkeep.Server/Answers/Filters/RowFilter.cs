using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Filters;

/// <summary>
/// Says which submissions are meant: a tree of conditions on answers and on what stands in the clear. Made by
/// <see cref="FilterBinder"/> for one layout of one form.
/// </summary>
internal abstract record RowFilter
{
    private protected RowFilter()
    {
    }

    /// <summary>Whether it asks for anything that is sealed.</summary>
    public bool AsksAnswers => ListAll().Any(part => part is AnswerFilter or RepeatFilter);

    /// <summary>Whether it asks for anything that stands in the clear.</summary>
    public bool AsksFacts => ListAll().OfType<FactFilter>().Any();

    /// <summary>Whether it speaks of the trash, so that what lies there may be meant; not where it only leaves that out.</summary>
    public bool AsksTrash => ListAll().OfType<FactFilter>().Any(fact => fact.IsTrash) && !LeavesTrashOut;

    /// <summary>Whether it asks who sent a submission, or with which device.</summary>
    public bool AsksProvenance => ListAll().Any(part => part is FactFilter { IsProvenance: true } or AnswerFilter { Key: ColumnKeys.Device });

    /// <summary>The columns it needs, with the table each is in.</summary>
    public IReadOnlyDictionary<string, FormTable> Columns =>
        ListAll().SelectMany(part => part switch
        {
            AnswerFilter answer => new[] { (answer.Key, answer.Table) },
            _ => [],
        }).DistinctBy(column => column.Key).ToDictionary(column => column.Key, column => column.Table);

    /// <summary>The repeats it looks into.</summary>
    public IEnumerable<FormTable> Repeats => ListAll().OfType<RepeatFilter>().Select(repeat => repeat.Table).Distinct();

    // Central's own pages write “deletedAt eq null” into every filter: it holds for nothing in the trash.
    private bool LeavesTrashOut => this switch
    {
        AllFilter all => all.Parts.Any(part => part.LeavesTrashOut),
        AnyFilter { Parts.Count: > 0 } any => any.Parts.All(part => part.LeavesTrashOut),
        FactFilter { IsTrash: true, Compared: { Comparison: "eq", Value.Kind: ValueKind.Null } } => true,
        _ => false,
    };

    private IEnumerable<RowFilter> ListAll() => this switch
    {
        AllFilter all => all.Parts.SelectMany(part => part.ListAll()).Prepend(this),
        AnyFilter any => any.Parts.SelectMany(part => part.ListAll()).Prepend(this),
        NotFilter not => not.Part.ListAll().Prepend(this),
        RepeatFilter repeat => repeat.Inside.ListAll().Prepend(this),
        _ => [this],
    };
}

/// <summary>Holds where all of its parts hold.</summary>
internal sealed record AllFilter(IReadOnlyList<RowFilter> Parts) : RowFilter;

/// <summary>Holds where any of its parts holds.</summary>
internal sealed record AnyFilter(IReadOnlyList<RowFilter> Parts) : RowFilter;

/// <summary>Holds where its part does not.</summary>
internal sealed record NotFilter(RowFilter Part) : RowFilter;

/// <summary>Holds everywhere or nowhere.</summary>
internal sealed record ConstantFilter(bool Holds) : RowFilter;

/// <summary>Asks one answer of each row of a table.</summary>
/// <param name="Key">The column, as in <see cref="ColumnKeys"/>.</param>
/// <param name="Table">Whose rows are asked.</param>
internal sealed record AnswerFilter(string Key, FormTable Table, AnswerTest Test) : RowFilter;

/// <summary>Holds for a submission that has a row of a repeat for which <paramref name="Inside"/> holds.</summary>
internal sealed record RepeatFilter(FormTable Table, RowFilter Inside) : RowFilter;

/// <summary>Asks what stands in the clear about a submission.</summary>
/// <param name="IsTrash">Whether it asks when the submission went into the trash.</param>
/// <param name="IsProvenance">Whether it asks who sent the submission.</param>
/// <param name="Compared">What it compares, when that is all it does.</param>
internal sealed record FactFilter(Func<RowFacts, bool> Test, bool IsTrash, bool IsProvenance, FactComparison? Compared = null) : RowFilter;

/// <summary>What stands in the clear about a submission and can be asked for.</summary>
internal sealed record RowFacts(
    long Sequence,
    string InstanceId,
    ActorId SubmitterId,
    string? ReviewState,
    int CurrentVersion,
    int AttachmentsExpected,
    int AttachmentsPresent,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt,
    long? DeploymentId,
    string? State,
    long? StageId);
