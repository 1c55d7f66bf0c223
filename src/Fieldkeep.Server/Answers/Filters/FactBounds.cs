namespace Fieldkeep.Server.Answers.Filters;

/// <summary>
/// What must be so at least where a filter holds, in words of the database: it gives fewer rows then, and each is still asked
/// the filter itself. Null lets everything through.
/// </summary>
/// <param name="From">Arrived then or later.</param>
/// <param name="Through">Arrived then or earlier.</param>
/// <param name="Submitters">Sent by one of these.</param>
/// <param name="States">In one of these review states; empty for those nobody looked at.</param>
/// <param name="Instances">One of these.</param>
/// <param name="IsMissingFiles">Whether files are missing.</param>
/// <param name="Deployments">Of one of these deployments.</param>
/// <param name="Standings">In one of these states of a deployment; empty for those of none.</param>
/// <param name="Stages">Waiting at one of these stages.</param>
internal sealed record FactBounds(
    DateTimeOffset? From,
    DateTimeOffset? Through,
    long[]? Submitters,
    string[]? States,
    string[]? Instances,
    bool? IsMissingFiles,
    long[]? Deployments,
    string[]? Standings,
    long[]? Stages)
{
    /// <summary>Lets everything through.</summary>
    public static FactBounds None { get; } = new(null, null, null, null, null, null, null, null, null);

    /// <summary>Finds the bounds of a filter.</summary>
    public static FactBounds Of(RowFilter filter) => filter switch
    {
        AllFilter all => all.Parts.Select(Of).Aggregate(None, Both),
        AnyFilter { Parts.Count: > 0 } any => any.Parts.Select(Of).Aggregate(Either),
        FactFilter { Compared: { } compared } => Of(compared),
        _ => None,
    };

    private static FactBounds Of(FactComparison compared) => (compared.Field, compared.Comparison, compared.Value) switch
    {
        ("submissionDate", "eq", { Kind: ValueKind.Date or ValueKind.DateTime } at) => None with { From = at.At, Through = at.At },
        ("submissionDate", "gt" or "ge", { Kind: ValueKind.Date or ValueKind.DateTime } at) => None with { From = at.At },
        ("submissionDate", "lt" or "le", { Kind: ValueKind.Date or ValueKind.DateTime } at) => None with { Through = at.At },
        ("submitterId", "eq", { Kind: ValueKind.Number, Number: >= 0 and <= long.MaxValue and var id }) => None with { Submitters = [(long)id] },
        ("reviewState", "eq", { Kind: ValueKind.Text or ValueKind.Null } state) => None with { States = [state.Text ?? ""] },
        ("deploymentId", "eq", { Kind: ValueKind.Number, Number: >= 0 and <= long.MaxValue and var id }) => None with { Deployments = [(long)id] },
        ("state", "eq", { Kind: ValueKind.Text or ValueKind.Null } state) => None with { Standings = [state.Text ?? ""] },
        ("stageId", "eq", { Kind: ValueKind.Number, Number: >= 0 and <= long.MaxValue and var id }) => None with { Stages = [(long)id] },
        ("instanceId", "eq", { Kind: ValueKind.Text, Text: { } id }) => None with { Instances = [id] },
        ("hasMissingFiles", "eq", { Kind: ValueKind.Boolean } truth) => None with { IsMissingFiles = truth.Number == 1 },
        _ => None,
    };

    private static FactBounds Both(FactBounds one, FactBounds other) => new(
        one.From is null || other.From > one.From ? other.From ?? one.From : one.From,
        one.Through is null || other.Through < one.Through ? other.Through ?? one.Through : one.Through,
        Common(one.Submitters, other.Submitters),
        Common(one.States, other.States),
        Common(one.Instances, other.Instances),
        one.IsMissingFiles ?? other.IsMissingFiles,
        Common(one.Deployments, other.Deployments),
        Common(one.Standings, other.Standings),
        Common(one.Stages, other.Stages));

    private static FactBounds Either(FactBounds one, FactBounds other) => new(
        one.From is { } from && other.From is { } otherFrom ? (from < otherFrom ? from : otherFrom) : null,
        one.Through is { } through && other.Through is { } otherThrough ? (through > otherThrough ? through : otherThrough) : null,
        Joined(one.Submitters, other.Submitters),
        Joined(one.States, other.States),
        Joined(one.Instances, other.Instances),
        one.IsMissingFiles == other.IsMissingFiles ? one.IsMissingFiles : null,
        Joined(one.Deployments, other.Deployments),
        Joined(one.Standings, other.Standings),
        Joined(one.Stages, other.Stages));

    private static T[]? Joined<T>(T[]? one, T[]? other) => one is null || other is null ? null : [.. one.Union(other)];

    private static T[]? Common<T>(T[]? one, T[]? other) => one is null ? other : other is null ? one : [.. one.Intersect(other)];
}

/// <summary>A fact compared with a value, as it stands.</summary>
/// <param name="Field">Its name, such as <c>submissionDate</c>.</param>
internal sealed record FactComparison(string Field, string Comparison, FilterValue Value);
