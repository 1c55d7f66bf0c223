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
            where seen.submission_id = s.id and seen.condition_id = any (@condition_rows) and seen.holds))
          and (@all_acts or s.submitter_id = @own_acts or exists (
            select from submissions.row_matches acted
            where acted.submission_id = s.id and acted.condition_id = any (@condition_acts) and acted.holds))

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
                all_acts = rows.Acted.IsAll,
                own_acts = rows.Acted.OwnNumber,
                condition_acts = rows.Acted.Conditions.ToArray(),
            });

    /// <summary>Adds the arguments of the limit to a statement that is streamed.</summary>
    public static void Bind(NpgsqlParameterCollection parameters, RowLimits rows)
    {
        if (rows.IsAll)
        {
            return;
        }

        parameters.AddWithValue("all_rows", rows.Seen.IsAll);
        parameters.AddWithValue("own_rows", rows.Seen.OwnNumber);
        parameters.AddWithValue("condition_rows", rows.Seen.Conditions.ToArray());
        parameters.AddWithValue("all_acts", rows.Acted.IsAll);
        parameters.AddWithValue("own_acts", rows.Acted.OwnNumber);
        parameters.AddWithValue("condition_acts", rows.Acted.Conditions.ToArray());
    }
}
