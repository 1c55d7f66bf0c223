namespace Fieldkeep.Server.Limits;

/// <summary>How much something may have. Null is no limit; of a single project or account, that of all of them.</summary>
internal sealed record LimitSet(long? SubmissionsAnHour, long? SubmissionsADay, long? StoredBytes, long? RequestsAMinute)
{
    /// <summary>None.</summary>
    public static LimitSet None { get; } = new(null, null, null, null);

    /// <summary>Whether any is of what a project receives or stores.</summary>
    public bool IsOfProject => this is not { SubmissionsAnHour: null, SubmissionsADay: null, StoredBytes: null };

    /// <summary>Gives one of them.</summary>
    public long? Of(LimitName name) => name switch
    {
        LimitName.SubmissionsAnHour => SubmissionsAnHour,
        LimitName.SubmissionsADay => SubmissionsADay,
        LimitName.StoredBytes => StoredBytes,
        _ => RequestsAMinute,
    };

    /// <summary>Gives what holds where these are set for one alone, and <paramref name="all"/> for all.</summary>
    public LimitSet Over(LimitSet all) => new(
        SubmissionsAnHour ?? all.SubmissionsAnHour, SubmissionsADay ?? all.SubmissionsADay, StoredBytes ?? all.StoredBytes, RequestsAMinute ?? all.RequestsAMinute);
}
