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
    /// <summary>Goes behind the conditions on <c>submissions.submissions s</c>.</summary>
    public const string Limit = """

          and (@all_rows or s.submitter_id = @own_rows or exists (
            select from submissions.row_matches seen
            where seen.submission_id = s.id and seen.condition_id = any (@condition_rows) and seen.holds)
            or (s.deployment_id is null and @undeployed_rows)
            or (s.state = 'final' and s.deployment_id = any (@final_rows))
            or s.deployment_id = any (@whole_rows)
            or (s.state = 'pending' and s.stage_id = any (@stage_rows))
            or (s.state = 'rejected' and s.deployment_id = any (@handled_rows) and @actor_rows = any (s.handled_by))
            or (s.submitter_id = @actor_rows and s.deployment_id = any (@collected_rows) and not s.is_anonymous)
            or ((s.deployment_id is null or (s.state = 'final' and s.deployment_id = any (@live_rows)))
              and ((@settled_rows and s.submitter_id = @actor_rows) or exists (
                select from submissions.row_matches seen_settled
                where seen_settled.submission_id = s.id and seen_settled.condition_id = any (@settled_condition_rows) and seen_settled.holds))))
          and (@all_acts or s.submitter_id = @own_acts or exists (
            select from submissions.row_matches acted
            where acted.submission_id = s.id and acted.condition_id = any (@condition_acts) and acted.holds)
            or (s.deployment_id is null and @undeployed_acts)
            or (s.state = 'final' and s.deployment_id = any (@final_acts))
            or s.deployment_id = any (@whole_acts)
            or (s.state = 'pending' and s.stage_id = any (@stage_acts))
            or (s.state = 'rejected' and s.deployment_id = any (@handled_acts) and @actor_acts = any (s.handled_by))
            or (s.submitter_id = @actor_acts and s.deployment_id = any (@collected_acts) and not s.is_anonymous)
            or ((s.deployment_id is null or (s.state = 'final' and s.deployment_id = any (@live_acts)))
              and ((@settled_acts and s.submitter_id = @actor_acts) or exists (
                select from submissions.row_matches acted_settled
                where acted_settled.submission_id = s.id and acted_settled.condition_id = any (@settled_condition_acts) and acted_settled.holds))))

        """;

    // As many as there are statements.
    private static readonly ConcurrentDictionary<string, string> Unlimited = new(StringComparer.Ordinal);

    /// <summary>Gives a statement's text: for those who see everything without the limit, so that they pay nothing for it.</summary>
    public static string In(string sql, RowLimits rows) =>
        rows.IsAll ? Unlimited.GetOrAdd(sql, static one => one.Replace(Limit, "\n", StringComparison.Ordinal)) : sql;

    /// <summary>Gives a statement's arguments with those of the limit.</summary>
    public static object Arguments(object own, RowLimits rows) => rows.IsAll
        ? own
        : new JoinedArguments(
            own,
            new
            {
                all_rows = rows.Seen.IsAll,
                own_rows = rows.Seen.OwnNumber,
                condition_rows = rows.Seen.Conditions.ToArray(),
                undeployed_rows = rows.Seen.Deployed.Undeployed,
                final_rows = rows.Seen.Deployed.Final.ToArray(),
                whole_rows = rows.Seen.Deployed.Whole.ToArray(),
                stage_rows = rows.Seen.Deployed.Stages.ToArray(),
                handled_rows = rows.Seen.Deployed.Handled.ToArray(),
                collected_rows = rows.Seen.Deployed.Collected.ToArray(),
                actor_rows = rows.Seen.Deployed.Actor.Value,
                live_rows = rows.Seen.Deployed.Live.ToArray(),
                settled_rows = rows.Seen.Deployed.SettledOwn,
                settled_condition_rows = rows.Seen.Deployed.SettledConditions.ToArray(),
                all_acts = rows.Acted.IsAll,
                own_acts = rows.Acted.OwnNumber,
                condition_acts = rows.Acted.Conditions.ToArray(),
                undeployed_acts = rows.Acted.Deployed.Undeployed,
                final_acts = rows.Acted.Deployed.Final.ToArray(),
                whole_acts = rows.Acted.Deployed.Whole.ToArray(),
                stage_acts = rows.Acted.Deployed.Stages.ToArray(),
                handled_acts = rows.Acted.Deployed.Handled.ToArray(),
                collected_acts = rows.Acted.Deployed.Collected.ToArray(),
                actor_acts = rows.Acted.Deployed.Actor.Value,
                live_acts = rows.Acted.Deployed.Live.ToArray(),
                settled_acts = rows.Acted.Deployed.SettledOwn,
                settled_condition_acts = rows.Acted.Deployed.SettledConditions.ToArray(),
            });

    /// <summary>Adds the arguments of the limit to a statement that is streamed.</summary>
    public static void Bind(NpgsqlParameterCollection parameters, RowLimits rows)
    {
        if (rows.IsAll)
        {
            return;
        }

        BindRules(parameters, "rows", rows.Seen);
        BindRules(parameters, "acts", rows.Acted);
    }

    private static void BindRules(NpgsqlParameterCollection parameters, string side, RowRules rules)
    {
        parameters.AddWithValue("all_" + side, rules.IsAll);
        parameters.AddWithValue("own_" + side, rules.OwnNumber);
        parameters.AddWithValue("condition_" + side, rules.Conditions.ToArray());
        parameters.AddWithValue("undeployed_" + side, rules.Deployed.Undeployed);
        parameters.AddWithValue("final_" + side, rules.Deployed.Final.ToArray());
        parameters.AddWithValue("whole_" + side, rules.Deployed.Whole.ToArray());
        parameters.AddWithValue("stage_" + side, rules.Deployed.Stages.ToArray());
        parameters.AddWithValue("handled_" + side, rules.Deployed.Handled.ToArray());
        parameters.AddWithValue("collected_" + side, rules.Deployed.Collected.ToArray());
        parameters.AddWithValue("actor_" + side, rules.Deployed.Actor.Value);
        parameters.AddWithValue("live_" + side, rules.Deployed.Live.ToArray());
        parameters.AddWithValue("settled_" + side, rules.Deployed.SettledOwn);
        parameters.AddWithValue("settled_condition_" + side, rules.Deployed.SettledConditions.ToArray());
    }
}
