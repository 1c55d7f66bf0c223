namespace Fieldkeep.Server.Limits;

/// <summary>What can be limited.</summary>
internal enum LimitName
{
    /// <summary>New submissions to a project within an hour of the clock, UTC.</summary>
    SubmissionsAnHour,

    /// <summary>New submissions to a project within a day, UTC.</summary>
    SubmissionsADay,

    /// <summary>Bytes of a project's instances and files, in the clear, with their versions and its trash.</summary>
    StoredBytes,

    /// <summary>Requests by one account within a minute, but for those of phones.</summary>
    RequestsAMinute,
}

/// <summary>Names limits in the database, and says where each may be set.</summary>
internal static class LimitNames
{
    /// <summary>The largest value of any.</summary>
    public const long Most = 1_000_000_000_000_000;

    /// <summary>Those of a project.</summary>
    public static readonly IReadOnlyList<LimitName> OfProject = [LimitName.SubmissionsAnHour, LimitName.SubmissionsADay, LimitName.StoredBytes];

    /// <summary>Those of an account.</summary>
    public static readonly IReadOnlyList<LimitName> OfAccount = [LimitName.RequestsAMinute];

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<LimitName> All = [.. OfProject, .. OfAccount];

    /// <summary>Gives the name that stands in the database.</summary>
    public static string Of(LimitName name) => name switch
    {
        LimitName.SubmissionsAnHour => "submissions_an_hour",
        LimitName.SubmissionsADay => "submissions_a_day",
        LimitName.StoredBytes => "stored_bytes",
        _ => "requests_a_minute",
    };
}
