using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Npgsql;

namespace Fieldkeep.Server.Submissions;

/// <summary>
/// The one place that limits submissions to those someone may see. Every statement that reads them for a person has <see cref="Limit"/>
/// in its text, gets that text by <see cref="In"/> and its arguments by <see cref="Arguments"/>.
/// </summary>
internal static class VisibleRows
{
    /// <summary>
    /// Goes behind the conditions on <c>submissions.submissions s</c>. It stands for the limit until <see cref="In"/> puts that there; the
    /// database refuses a statement that was not given to it.
    /// </summary>
    public const string Limit = " and limited_to_visible_rows ";

    // Of whom they are seen, and by whom they are acted on: the same rules with two sets of arguments.
    private const string Rules = """

          and (@all_{0} or s.submitter_id = @own_{0} or exists (
            select from submissions.row_matches known
            where known.submission_id = s.id and known.condition_id = any (@condition_{0}) and known.holds)
            or (s.deployment_id is null and @undeployed_{0})
            or (s.state = 'final' and s.deployment_id = any (@final_{0}))
            or s.deployment_id = any (@whole_{0})
            or (s.state = 'pending' and s.stage_id = any (@stage_{0}))
            or (s.state = 'rejected' and s.deployment_id = any (@handled_{0}) and @actor_{0} = any (s.handled_by))
            or (s.submitter_id = @actor_{0} and s.deployment_id = any (@collected_{0}) and not s.is_anonymous)
            or ((s.deployment_id is null or (s.state = 'final' and s.deployment_id = any (@live_{0})))
              and ((@settled_{0} and s.submitter_id = @actor_{0}) or exists (
                select from submissions.row_matches settled
                where settled.submission_id = s.id and settled.condition_id = any (@settled_condition_{0}) and settled.holds))))

        """;

    private static readonly string Written = RulesOf("rows") + RulesOf("acts");

    // As many as there are statements.
    private static readonly ConcurrentDictionary<string, string> Limited = new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, string> Unlimited = new(StringComparer.Ordinal);

    /// <summary>Gives a statement's text: for those who see everything without the limit, so that they pay nothing for it.</summary>
    public static string In(string sql, RowLimits rows) => rows.IsAll
        ? Unlimited.GetOrAdd(sql, static one => one.Replace(Limit, "\n", StringComparison.Ordinal))
        : Limited.GetOrAdd(sql, static one => one.Replace(Limit, Written, StringComparison.Ordinal));

    /// <summary>Gives a statement's arguments with those of the limit.</summary>
    public static object Arguments(object own, RowLimits rows) =>
        rows.IsAll ? own : new JoinedArguments(own, ArgumentsOf(rows));

    /// <summary>Adds the arguments of the limit to a statement that is streamed.</summary>
    public static void Bind(NpgsqlParameterCollection parameters, RowLimits rows)
    {
        if (rows.IsAll)
        {
            return;
        }

        foreach (var (name, value) in ArgumentsOf(rows))
        {
            parameters.AddWithValue(name, value);
        }
    }

    private static string RulesOf(string side) => Rules.Replace("{0}", side, StringComparison.Ordinal);

    private static List<KeyValuePair<string, object>> ArgumentsOf(RowLimits rows) =>
        [.. ArgumentsOf("rows", rows.Seen), .. ArgumentsOf("acts", rows.Acted)];

    private static KeyValuePair<string, object>[] ArgumentsOf(string side, RowRules rules) =>
    [
        new("all_" + side, rules.IsAll),
        new("own_" + side, rules.OwnNumber),
        new("condition_" + side, rules.Conditions.ToArray()),
        new("undeployed_" + side, rules.Deployed.Undeployed),
        new("final_" + side, rules.Deployed.Final.ToArray()),
        new("whole_" + side, rules.Deployed.Whole.ToArray()),
        new("stage_" + side, rules.Deployed.Stages.ToArray()),
        new("handled_" + side, rules.Deployed.Handled.ToArray()),
        new("collected_" + side, rules.Deployed.Collected.ToArray()),
        new("actor_" + side, rules.Deployed.Actor.Value),
        new("live_" + side, rules.Deployed.Live.ToArray()),
        new("settled_" + side, rules.Deployed.SettledOwn),
        new("settled_condition_" + side, rules.Deployed.SettledConditions.ToArray()),
    ];
}
