namespace Fieldkeep.Server.Tests.Support;

/// <summary>The table of docs/security/roles.md: what each role allows, as people read it.</summary>
internal static class RoleTable
{
    private static readonly (string[] Roles, (string Action, string[] Marks)[] Rows) Read = ReadFile();

    /// <summary>The roles, in the order of the columns.</summary>
    public static IReadOnlyList<string> Roles => Read.Roles;

    /// <summary>The actions, in the order of the rows.</summary>
    public static IReadOnlyList<string> Actions => [.. Read.Rows.Select(row => row.Action)];

    /// <summary>Tells whether the table says that a role allows an action.</summary>
    public static bool Allows(string role, string action)
    {
        var column = Array.IndexOf(Read.Roles, role);
        return column >= 0 && Read.Rows.Any(row => row.Action == action && row.Marks[column] == "●");
    }

    private static (string[] Roles, (string Action, string[] Marks)[] Rows) ReadFile()
    {
        var lines = File.ReadAllLines(Path.Combine(Contract.Repository(), "docs", "security", "roles.md"))
            .Where(line => line.StartsWith('|'))
            .Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim().Trim('`')).ToArray())
            .ToList();
        return (lines[0][1..], [.. lines.Skip(2).Select(cells => (cells[0], cells[1..]))]);
    }
}
