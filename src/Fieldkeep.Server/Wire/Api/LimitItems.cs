using Fieldkeep.Server.Access;
using Fieldkeep.Server.Limits;
using Fieldkeep.Server.Submissions.Limiting;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>How much something may have. What is absent has no limit there; of a single project or account it goes by what all may.</summary>
/// <param name="SubmissionsAnHour">New submissions to a project within an hour of the clock, UTC.</param>
/// <param name="SubmissionsADay">New submissions to a project within a day, UTC.</param>
/// <param name="StoredBytes">Bytes of a project's submissions and files, its trash too.</param>
/// <param name="RequestsAMinute">Requests by one account, 60 at least; those of phones are not counted.</param>
internal sealed record LimitItem(long? SubmissionsAnHour = null, long? SubmissionsADay = null, long? StoredBytes = null, long? RequestsAMinute = null)
{
    /// <summary>Shows them.</summary>
    public static LimitItem Of(LimitSet set) => new(set.SubmissionsAnHour, set.SubmissionsADay, set.StoredBytes, set.RequestsAMinute);

    /// <summary>Reads them.</summary>
    public LimitSet ToSet() => new(SubmissionsAnHour, SubmissionsADay, StoredBytes, RequestsAMinute);
}

/// <summary>A project that is limited or suspended.</summary>
/// <param name="Name">Its name, for who may see the project by a role of their own; else null.</param>
/// <param name="Own">Its own limits.</param>
/// <param name="Holds">What holds for it.</param>
/// <param name="Use">What it uses; null when it was not measured since the start.</param>
/// <param name="Suspension">Null when it is not suspended.</param>
internal sealed record LimitedProjectItem(long Id, string? Name, LimitItem Own, LimitItem Holds, UseItem? Use, SuspensionItem? Suspension)
{
    /// <summary>Shows one.</summary>
    public static LimitedProjectItem Of(LimitedProject one, IReadOnlyDictionary<long, string> names) => new(
        one.Project.Value,
        names.GetValueOrDefault(one.Project.Value),
        LimitItem.Of(one.Own),
        LimitItem.Of(one.Holds),
        one.Use is { } use ? new UseItem(use.SubmissionsThisHour, use.SubmissionsToday, use.StoredBytes) : null,
        SuspensionItem.Of(one.Suspension));
}

/// <summary>What a project uses.</summary>
internal sealed record UseItem(long SubmissionsThisHour, long SubmissionsToday, long StoredBytes);

/// <summary>An account that is limited or suspended.</summary>
/// <param name="RequestsAMinute">Its own limit; null when it goes by that of all.</param>
internal sealed record LimitedAccountItem(long Id, string? Name, long? RequestsAMinute, SuspensionItem? Suspension);

/// <summary>Why something is suspended.</summary>
/// <param name="Reason">Why, in the operators' words.</param>
/// <param name="Contact">Whom to ask.</param>
/// <param name="Until">When it ends by itself; null when somebody has to lift it.</param>
internal sealed record SuspensionItem(string Reason, string Contact, DateTimeOffset Since, DateTimeOffset? Until)
{
    /// <summary>Shows one; null for none.</summary>
    public static SuspensionItem? Of(Suspension? one) => one is null ? null : OfOne(one);

    /// <summary>Shows one.</summary>
    public static SuspensionItem OfOne(Suspension one) => new(one.Reason, one.Contact, one.Since, one.Until);
}

/// <summary>A suspension to be made, or said anew.</summary>
/// <param name="Reason">Why: 1 to 1000 characters. Everybody whom it is about reads it.</param>
/// <param name="Contact">Whom to ask: 1 to 200 characters, such as an e-mail address.</param>
/// <param name="Until">When it ends by itself, within ten years; null when somebody has to lift it.</param>
internal sealed record NewSuspension(string? Reason, string? Contact, DateTimeOffset? Until);
