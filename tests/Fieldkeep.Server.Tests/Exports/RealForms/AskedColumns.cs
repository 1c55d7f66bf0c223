namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>A column that a table must have.</summary>
/// <param name="Question">What it answers; null for what every row has.</param>
/// <param name="Part">Position among the columns of a place.</param>
/// <param name="Choice">The choice it tells 1 or 0 of; null for the answer itself.</param>
internal sealed record AskedColumn(string Heading, AskedQuestion? Question, int Part, string? Choice)
{
    /// <summary>What the column must hold of an answer.</summary>
    public string Shown(string answer)
    {
        if (Choice is not null)
        {
            return answer.Length == 0 ? "" : answer.Split(' ').Contains(Choice) ? "1" : "0";
        }

        if (Question?.Parts != 4)
        {
            return answer;
        }

        var parts = answer.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Part < parts.Length ? parts[Part] : "";
    }
}

/// <summary>Lays out the columns of a table as docs/formats/exports.md says.</summary>
internal static class AskedColumns
{
    private static readonly string[] Places = ["Latitude", "Longitude", "Altitude", "Accuracy"];

    private static readonly string[] BeforeAnswers = ["SubmissionDate"];

    private static readonly string[] AfterRepeat = ["PARENT_KEY", "KEY"];

    private static readonly string[] AfterAnswers =
    [
        "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits", "FormVersion",
    ];

    /// <summary>Gives the columns.</summary>
    public static IReadOnlyList<AskedColumn> Of(AskedTable table, bool groupPaths, bool splitSelects)
    {
        var before = table.Parent is null ? BeforeAnswers : [];
        var after = table.Parent is null ? AfterAnswers : AfterRepeat;
        var answers = table.Items.SelectMany(item => Of(table, item, groupPaths, splitSelects)).ToList();
        return [.. before.Select(Fact), .. Unlike(answers, [.. before, .. after]), .. after.Select(Fact)];

        static AskedColumn Fact(string name) => new(name, null, 0, null);
    }

    private static IEnumerable<AskedColumn> Of(AskedTable table, (AskedQuestion? Question, string Path) item, bool groupPaths, bool splitSelects)
    {
        var names = table.NamesOf(item.Path);
        var name = groupPaths ? string.Join('-', names) : names[^1];
        return item.Question switch
        {
            null => [new AskedColumn($"SET-OF-{name}", null, 0, null)],
            { Type: "geopoint" } => Places.Select((place, part) => new AskedColumn($"{name}-{place}", item.Question, part, null)),
            { Type: "select" } when splitSelects => [
                new AskedColumn(name, item.Question, 0, null),
                .. item.Question.Choices.Select(choice => new AskedColumn($"{name}/{choice}", item.Question, 0, choice))],
            _ => [new AskedColumn(name, item.Question, 0, null)],
        };
    }

    private static IEnumerable<AskedColumn> Unlike(IReadOnlyList<AskedColumn> columns, HashSet<string> taken)
    {
        var asked = columns.Select(column => column.Heading).ToHashSet(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            var heading = column.Heading;
            for (var number = 2; !taken.Add(heading); number++)
            {
                do
                {
                    heading = $"{column.Heading}~{number}";
                }
                while (asked.Contains(heading) && number++ > 0);
            }

            yield return column with { Heading = heading };
        }
    }
}
