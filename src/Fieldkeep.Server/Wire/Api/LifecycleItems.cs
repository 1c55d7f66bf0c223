using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Submissions.Holding;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>For how many days a project keeps its trash.</summary>
/// <param name="TrashDays">0 to 180; 0 empties it at once.</param>
internal sealed record TrashDaysItem(int? TrashDays);

/// <summary>Why something is done.</summary>
/// <param name="Reason">3 to 1,000 characters; it stands in the ledger, sealed, for good.</param>
internal sealed record WhyItem(string? Reason);

/// <summary>A legal hold to be placed.</summary>
/// <param name="Reason">Why; kept sealed.</param>
/// <param name="FormId">The form of the submission; absent for the whole project.</param>
/// <param name="InstanceId">The submission; absent for the whole project.</param>
internal sealed record NewHold(string? Reason, string? FormId = null, string? InstanceId = null);

/// <summary>A legal hold that was placed.</summary>
/// <param name="Id">Its number.</param>
internal sealed record HoldMade(long Id);

/// <summary>A legal hold.</summary>
/// <param name="FormId">The form of the one submission it is on; null for the whole project.</param>
/// <param name="InstanceId">The one submission it is on; null for the whole project.</param>
/// <param name="Reason">Why; empty for those who only read the project.</param>
/// <param name="LiftedAt">When it was lifted; null while it stands.</param>
internal sealed record HoldItem(
    long Id,
    string? FormId,
    string? InstanceId,
    string Reason,
    PersonItem PlacedBy,
    DateTimeOffset PlacedAt,
    PersonItem? LiftedBy,
    DateTimeOffset? LiftedAt,
    string? LiftReason)
{
    /// <summary>Shows one.</summary>
    public static HoldItem Of(Hold hold, IReadOnlyDictionary<long, string> names) => new(
        hold.Id,
        hold.XmlFormId,
        hold.InstanceId,
        hold.Reason,
        new PersonItem(hold.PlacedBy.Value, names.GetValueOrDefault(hold.PlacedBy.Value, "")),
        hold.PlacedAt,
        hold.LiftedBy is { } by ? new PersonItem(by.Value, names.GetValueOrDefault(by.Value, "")) : null,
        hold.LiftedAt,
        hold.LiftReason);
}

/// <summary>Submissions to be deleted for good.</summary>
/// <param name="InstanceIds">Which; at most 100.</param>
/// <param name="Confirm">How many they are, typed by hand.</param>
/// <param name="Reason">Why; kept sealed.</param>
internal sealed record NewPurge(IReadOnlyList<string>? InstanceIds, long? Confirm, string? Reason);

/// <summary>What was deleted or taken out of a project for good.</summary>
/// <param name="Kind"><c>purge</c>, <c>erase</c>, <c>mask</c>, <c>pseudonymise</c> or <c>retention</c>.</param>
/// <param name="By">Who ordered it; number 0 for the server itself.</param>
/// <param name="Checksum">SHA-256 over the instance ids in order, one a line: it proves a list without being one. Null where it was by the clock.</param>
/// <param name="Reason">Why; null where it was by the clock.</param>
internal sealed record DeletionReportItem(
    long Id, string Kind, PersonItem By, DateTimeOffset At, ReportCounts Counts, string? Checksum, string? Reason)
{
    /// <summary>Shows one.</summary>
    public static DeletionReportItem Of(Report report, IReadOnlyDictionary<long, string> names) => new(
        report.Id,
        report.Kind,
        new PersonItem(report.By.Value, names.GetValueOrDefault(report.By.Value, "")),
        report.At,
        report.Counts,
        report.Checksum,
        report.Reason);
}
