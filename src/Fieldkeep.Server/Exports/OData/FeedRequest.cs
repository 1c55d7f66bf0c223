namespace Fieldkeep.Server.Exports.OData;

/// <summary>What of a form's feed is asked for; texts as OData's query options are written.</summary>
/// <param name="Table"><c>Submissions</c> or <c>Submissions.group.repeat</c>.</param>
/// <param name="InstanceId">The one submission whose rows are asked for; null for all.</param>
/// <param name="Below">The one row of a repeat in it that the rows are or belong to: its table and id; null for all.</param>
/// <param name="Top">Rows at most; null for all there are.</param>
/// <param name="Skip">Rows to leave out at the beginning.</param>
/// <param name="After">Where the page before ended; null to begin with the newest.</param>
/// <param name="Context">The value of <c>@odata.context</c>.</param>
internal sealed record FeedRequest(
    string XmlFormId,
    bool IsDraft,
    string Table,
    string? InstanceId,
    (string Table, string Id)? Below,
    string? Select,
    string? Filter,
    string? OrderBy,
    bool IsExpanded,
    bool IsWkt,
    bool WithCount,
    long? Top,
    long Skip,
    FeedPlace? After,
    string Context)
{
    private const int LargestPage = 10_000;

    /// <summary>Whether every row there is is asked for, so that writing them counts them.</summary>
    public bool IsWhole => Top is null && Skip == 0 && After is null && Filter is null && OrderBy is null;

    /// <summary>Whether it is a page, short for sure; else it is made in the turn of exports.</summary>
    public bool IsPage => InstanceId is not null || Top is <= LargestPage;

    /// <summary>Gives the address of the page after a place and so many rows; null when no more was asked for.</summary>
    public required Func<FeedPlace, long, string?> NextOf { get; init; }
}
