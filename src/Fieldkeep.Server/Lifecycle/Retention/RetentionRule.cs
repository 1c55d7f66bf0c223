using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle.Retention;

/// <summary>Takes something away from submissions of a project so many days after they came.</summary>
internal sealed record RetentionRule
{
    /// <summary>So long what is new or stricter waits before it acts.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromDays(7);

    /// <summary>So long before it acts the second letter is written.</summary>
    public static readonly TimeSpan LastWord = TimeSpan.FromDays(1);

    /// <summary>Its number.</summary>
    public long Id { get; init; }

    /// <summary>The project.</summary>
    public ProjectId ProjectId { get; init; }

    /// <summary>The one form it is limited to; null for all.</summary>
    public FormId? FormId { get; init; }

    /// <summary>One of <see cref="RetentionKinds"/>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>How many days after a submission came.</summary>
    public int Days { get; init; }

    /// <summary>What counts until the notice is over; null when nothing did.</summary>
    public int? DaysBefore { get; init; }

    /// <summary>Grows with every change.</summary>
    public int Version { get; init; }

    /// <summary>Who set it last.</summary>
    public ActorId SetBy { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset SetAt { get; init; }

    /// <summary>When <see cref="Days"/> begin to count.</summary>
    public DateTimeOffset ActsFrom { get; init; }

    /// <summary>When people were told for the last time before it acts; null when they were not yet.</summary>
    public DateTimeOffset? ToldAt { get; init; }

    /// <summary>Gives a moment to the second: what is written down and read again is the same.</summary>
    public static DateTimeOffset Second(DateTimeOffset at) => at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond));

    /// <summary>Whether it waits still for its notice to be over.</summary>
    public bool IsPendingAt(DateTimeOffset now) => ToldAt is null || ActsFrom > now;

    /// <summary>The days that count at a moment; null while it does nothing.</summary>
    public int? DaysAt(DateTimeOffset now) => IsPendingAt(now) ? DaysBefore : Days;

    /// <summary>Gives the rule with other days. What is less strict than what counts now acts at once; what is stricter after notice, which a milder change does not begin anew.</summary>
    public RetentionRule With(int days, Actor actor, DateTimeOffset now)
    {
        var counting = DaysAt(now);
        var changed = this with { Days = days, Version = Version + 1, SetBy = actor.Id, SetAt = now };
        return counting is { } before && days >= before
            ? changed with { DaysBefore = null, ActsFrom = Second(now), ToldAt = Second(now) }
            : IsPendingAt(now) && days >= Days
                ? changed
                : changed with { DaysBefore = counting, ActsFrom = Second(now) + Notice, ToldAt = null };
    }
}

/// <summary>What a rule takes away.</summary>
internal static class RetentionKinds
{
    /// <summary>Moves submissions to the trash, which is emptied by its own clock.</summary>
    public const string Delete = "delete";

    /// <summary>Takes confidential answers out of all versions.</summary>
    public const string Confidential = "confidential";

    /// <summary>Takes photos and other files out of all versions.</summary>
    public const string Files = "files";

    /// <summary>Takes away who sent it, and with which device.</summary>
    public const string Sender = "sender";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Delete, Confidential, Files, Sender];
}

/// <summary>What a rule is to be.</summary>
/// <param name="XmlFormId">The one form it is limited to; null for all.</param>
internal sealed record WantedRule(string? Kind, int? Days, string? XmlFormId)
{
    /// <summary>The most days.</summary>
    public const int MostDays = 3650;

    /// <summary>Refuses a kind that there is none of.</summary>
    /// <exception cref="ProblemException"><c>retention.kind</c>.</exception>
    public string CheckKind() => RetentionKinds.All.FirstOrDefault(kind => kind == Kind) ?? throw RetentionProblems.Kind();

    /// <summary>Refuses days that are none.</summary>
    /// <exception cref="ProblemException"><c>retention.days</c>.</exception>
    public static int CheckDays(int? days) => days is >= 1 and <= MostDays ? days.Value : throw RetentionProblems.Days();
}

/// <summary>The refusals of retention rules.</summary>
internal static class RetentionProblems
{
    /// <summary>There is no such kind.</summary>
    public static ProblemException Kind() => new(
        "retention.kind", 422, $"“kind” must be one of {string.Join(", ", RetentionKinds.All)}. Nothing was changed.");

    /// <summary>So many days there are not.</summary>
    public static ProblemException Days() => new(
        "retention.days", 422, $"“days” must be a whole number from 1 to {WantedRule.MostDays}. Nothing was changed.");

    /// <summary>There is such a rule.</summary>
    public static ProblemException Same() => new(
        "retention.same", 409, "There is a rule of this kind for the same submissions already: change its days. Nothing was changed.");

    /// <summary>There are as many as there may be.</summary>
    public static ProblemException TooMany(int most) => new(
        "retention.too_many", 409, $"A project has at most {most} retention rules. Take one back first. Nothing was changed.");

    /// <summary>Somebody changed it meanwhile.</summary>
    public static ProblemException Outdated() => new(
        "retention.outdated", 409, "Somebody changed this rule meanwhile: look at it again, and send its “version” as it is now. Nothing was changed.");

    /// <summary>There is no such rule.</summary>
    public static ProblemException NotFound(long id) => new("retention.not_found", 404, $"There is no retention rule {id} in this project.");
}
