using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>Names the columns of a segment. A question's is its path; no path begins with a number sign.</summary>
internal static class ColumnKeys
{
    /// <summary>What the phone told of itself: its device id.</summary>
    public const string Device = "#device";

    /// <summary>The text of the form version that the current version of the submission was filled in with.</summary>
    public const string FormVersion = "#version";

    /// <summary>How many rows of a repeat each submission has, as decimal digits; nothing for none.</summary>
    public static string RowsOf(FormTable table) => $"#rows{table.Path}";
}
