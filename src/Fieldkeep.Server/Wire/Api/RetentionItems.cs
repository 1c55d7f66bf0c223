using Fieldkeep.Server.Lifecycle.Retention;
using Fieldkeep.Server.Submissions.Purging;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>A retention rule to be added, or to be counted for.</summary>
/// <param name="Kind"><c>delete</c> (to the trash), <c>confidential</c> (those answers), <c>files</c> or <c>sender</c>.</param>
/// <param name="Days">So many days after a submission came, 1 to 3,650.</param>
/// <param name="FormId">The one form it is limited to; absent for all of the project.</param>
internal sealed record NewRetentionRule(string? Kind, int? Days, string? FormId = null)
{
    /// <summary>Gives it to the room.</summary>
    public WantedRule ToWanted() => new(Kind, Days, FormId);
}

/// <summary>Rules to be counted for, kept or not.</summary>
/// <param name="Rules">At most 100.</param>
internal sealed record RetentionPreviewed(IReadOnlyList<NewRetentionRule>? Rules);

/// <summary>A retention rule with other days.</summary>
/// <param name="Days">1 to 3,650.</param>
/// <param name="Version">The version of the rule that is changed.</param>
internal sealed record ChangedRetentionRule(int? Days, int? Version);

/// <summary>A retention rule to be taken back.</summary>
/// <param name="Version">The version of the rule that is meant.</param>
internal sealed record EndedRetentionRule(int? Version);

/// <summary>A retention rule.</summary>
/// <param name="Days">So many days after a submission came.</param>
/// <param name="DaysNow">The days that count at this moment; null while it does nothing.</param>
/// <param name="FormId">The one form it is limited to, empty for one in the trash; null for all of the project.</param>
/// <param name="Version">To be sent with a change.</param>
/// <param name="ActsFrom">When its days begin to count.</param>
/// <param name="IsPending">Whether its notice goes on.</param>
internal sealed record RetentionRuleItem(
    long Id,
    string Kind,
    int Days,
    int? DaysNow,
    string? FormId,
    int Version,
    PersonItem SetBy,
    DateTimeOffset SetAt,
    DateTimeOffset ActsFrom,
    bool IsPending)
{
    /// <summary>Shows one.</summary>
    public static RetentionRuleItem Of(RetentionRule rule, string? form, IReadOnlyDictionary<long, string> names, DateTimeOffset now) => new(
        rule.Id,
        rule.Kind,
        rule.Days,
        rule.DaysAt(now),
        form,
        rule.Version,
        new PersonItem(rule.SetBy.Value, names.GetValueOrDefault(rule.SetBy.Value, "")),
        rule.SetAt,
        rule.ActsFrom,
        rule.IsPendingAt(now));
}

/// <summary>What a rule would touch now.</summary>
/// <param name="Submissions">How many submissions.</param>
/// <param name="Held">How many more a legal hold keeps as they are.</param>
/// <param name="Encrypted">How many more are left because a phone encrypted them.</param>
/// <param name="Oldest">When the oldest of the first came; null when there are none.</param>
/// <param name="Newest">When the newest came.</param>
internal sealed record RetentionPreviewItem(long Submissions, long Held, long Encrypted, DateTimeOffset? Oldest, DateTimeOffset? Newest)
{
    /// <summary>Shows one.</summary>
    public static RetentionPreviewItem Of(OverdueCount count) => new(count.Submissions, count.Held, count.Encrypted, count.Oldest, count.Newest);
}

/// <summary>What one round of a rule did.</summary>
/// <param name="FormId">The one form the rule is limited to, empty for one in the trash; null for all.</param>
/// <param name="FinishedAt">When it was done; null while it goes on.</param>
/// <param name="Failed">How many could not be read or written; they are tried again the next day.</param>
internal sealed record RetentionRunItem(
    long Id,
    long RuleId,
    string Kind,
    int Days,
    string? FormId,
    DateTimeOffset BegunAt,
    DateTimeOffset? FinishedAt,
    long Submissions,
    long Answers,
    long Files,
    long Held,
    long Encrypted,
    long Failed)
{
    /// <summary>Shows one.</summary>
    public static RetentionRunItem Of(RetentionRun run, string? form) => new(
        run.Id,
        run.RuleId,
        run.Kind,
        run.Days,
        form,
        run.BegunAt,
        run.FinishedAt,
        run.Submissions,
        run.Answers,
        run.Files,
        run.Held,
        run.Encrypted,
        run.Failed);
}
