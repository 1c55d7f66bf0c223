namespace Fieldkeep.XForms.Tests.Conformance;

/// <summary>Makes two itemsets.csv comparable: the reference leaves out empty cells at the end of a line.</summary>
internal static class ItemsetsText
{
    /// <summary>Drops the empty cells at the end of each line.</summary>
    public static string WithoutTrailingEmptyCells(string csv)
    {
        const string Empty = ",\"\"\r\n";
        while (csv.Contains(Empty, StringComparison.Ordinal))
        {
            csv = csv.Replace(Empty, "\r\n", StringComparison.Ordinal);
        }

        return csv;
    }
}
