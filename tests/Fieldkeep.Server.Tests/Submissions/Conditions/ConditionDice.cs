using System.Globalization;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Tests.Support;

namespace Fieldkeep.Server.Tests.Submissions.Conditions;

/// <summary>A row of the survey as the test knows it.</summary>
internal sealed record KnownRow(SurveyAnswers Answers, long SentBy, DateTimeOffset SentOn, string? ReviewState);

/// <summary>
/// Throws conditions, each with what it means in C#, written from docs/formats/conditions.md and not from the code that asks them. The same
/// seed throws the same.
/// </summary>
internal sealed class ConditionDice(SurveyDice dice, long[] senders, DateTimeOffset from)
{
    private static readonly string[] Names = ["Amina", "amina", "Zoë", "O'Brien", "عائشة", "林", "😀 joy", "Ann", "an"];
    private static readonly string[] Ordered = ["=", "≠", "<", "≤", ">", "≥"];
    private static readonly string[] States = ["hasIssues", "edited", "approved", "rejected"];

    /// <summary>Throws a condition.</summary>
    public (JsonObject Condition, Func<KnownRow, bool> Means) Next(int depth = 3)
    {
        switch (depth == 0 ? 9 : dice.Next(7))
        {
            case 0:
                var all = Enumerable.Range(0, 1 + dice.Next(3)).Select(_ => Next(depth - 1)).ToList();
                return (new JsonObject { ["all"] = Array(all) }, row => all.TrueForAll(one => one.Means(row)));
            case 1:
                var any = Enumerable.Range(0, 1 + dice.Next(3)).Select(_ => Next(depth - 1)).ToList();
                return (new JsonObject { ["any"] = Array(any) }, row => any.Exists(one => one.Means(row)));
            case 2:
                var inside = Next(depth - 1);
                return (new JsonObject { ["not"] = inside.Condition }, row => !inside.Means(row));
            default:
                return Leaf();
        }
    }

    private (JsonObject, Func<KnownRow, bool>) Leaf()
    {
        var op = Ordered[dice.Next(Ordered.Length)];
        var name = Names[dice.Next(Names.Length)];
        var number = dice.Next(60);
        switch (dice.Next(20))
        {
            case 0:
                return (Field("/who/name", op, name), row => row.Answers.Name.Length > 0 && Holds(op, ByCodePoints(row.Answers.Name, name)));
            case 1:
                return (Field("/who/name", "contains", "a"), row => row.Answers.Name.Contains('a'));
            case 2:
                return (Field("/who/name", "starts-with", "A"), row => row.Answers.Name.StartsWith('A'));
            case 3:
                return (Empty("/who/name"), row => row.Answers.Name.Length == 0);
            case 4:
                return (Field("/age", op, number), row => row.Answers.Age is { } age && Holds(op, age.CompareTo(number)));
            case 5:
                return (Field("/age", "between", new JsonArray(number / 2, number)), row => row.Answers.Age >= number / 2 && row.Answers.Age <= number);
            case 6:
                return (Field("/age", "in", new JsonArray(1, number, 30)), row => row.Answers.Age is { } age && (age == 1 || age == number || age == 30));
            case 7:
                return (Field("/weight", op, number + 0.5m), row => row.Answers.Weight is { } weight && Holds(op, weight.CompareTo(number + 0.5m)));
            case 8:
                var born = new DateOnly(2000 + dice.Next(5), 1 + dice.Next(12), 1 + dice.Next(28));
                return (Field("/born", op, born.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), row => row.Answers.Born is { } day && Holds(op, day.CompareTo(born)));
            case 9:
                var met = new DateTimeOffset(2026, 2, 1 + dice.Next(28), dice.Next(24), 0, 0, TimeSpan.FromHours(2));
                return (
                    Field("/met", op, met.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)),
                    row => row.Answers.Met is { } at && Holds(op, at.UtcTicks.CompareTo(met.UtcTicks)));
            case 10:
                return (Field("/at", op, "12:00"), row => row.Answers.At is { } at && Holds(op, at.CompareTo(new TimeOnly(12, 0))));
            case 11:
                var isTrue = dice.Next(2) == 0;
                return op is "=" or "≠"
                    ? (Field("/consent", op, isTrue), row => row.Answers.Consent is { } consent && (consent == isTrue) == (op == "="))
                    : (Empty("/consent"), row => row.Answers.Consent is null);
            case 12:
                return op is "=" or "≠"
                    ? (Field("/water", op, "well"), row => row.Answers.Water.Length > 0 && (row.Answers.Water == "well") == (op == "="))
                    : (Empty("/water"), row => row.Answers.Water.Length == 0);
            case 13:
                return op == "≠"
                    ? (Field("/assets", "≠", "radio"), row => row.Answers.Assets.Length > 0 && !row.Answers.Assets.Split(' ').Contains("radio"))
                    : (Field("/assets", "=", "radio"), row => row.Answers.Assets.Split(' ').Contains("radio"));
            case 14:
                // A diamond, which needs no crossing of edges to be asked.
                return (Diamond(8, 16), row => PointOf(row.Answers.Place) is var (latitude, longitude) && (Math.Abs(latitude) / 8) + (Math.Abs(longitude) / 16) <= 1);
            case 15:
                return (Field("/calc", op, 10), row => NumberOf(row.Answers.Calc) is { } calc && Holds(op, calc.CompareTo(10)));
            case 16:
                var least = number % 18;
                return (
                    Child(new JsonObject { ["all"] = new JsonArray(Field("/child/age", ">", least), Field("/child/name", "≠", "Ann")) }),
                    row => row.Answers.Children.Any(child => child.Age > least && child.Name.Length > 0 && child.Name != "Ann"));
            case 17:
                return (
                    Child(new JsonObject { ["any"] = new JsonArray(Empty("/child/age"), new JsonObject { ["not"] = Field("/age", ">", number) }) }),
                    row => row.Answers.Children.Any(child => child.Age is null || !(row.Answers.Age > number)));
            case 18:
                var sender = senders[dice.Next(senders.Length)];
                return (Fact("submittedBy", op == "≠" ? "≠" : "=", sender), row => (row.SentBy == sender) == (op != "≠"));
            default:
                return dice.Next(2) == 0 ? OfDate(op) : OfReview(op);
        }
    }

    private (JsonObject, Func<KnownRow, bool>) OfDate(string op)
    {
        var at = new DateTimeOffset(from.Ticks - (from.Ticks % TimeSpan.TicksPerSecond), from.Offset).AddMinutes(dice.Next(48));
        return (Fact("submittedOn", op, at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)), row => Holds(op, row.SentOn.CompareTo(at)));
    }

    private (JsonObject, Func<KnownRow, bool>) OfReview(string op)
    {
        var state = States[dice.Next(States.Length)];
        return op switch
        {
            "≠" => (Fact("reviewState", "≠", state), row => row.ReviewState is not null && row.ReviewState != state),
            "=" => (Fact("reviewState", "=", state), row => row.ReviewState == state),
            _ => (new JsonObject { ["fact"] = "reviewState", ["op"] = "is-empty" }, row => row.ReviewState is null),
        };
    }

    private static JsonObject Field(string path, string op, JsonNode value) => new()
    {
        ["field"] = path,
        ["op"] = op,
        [value is JsonArray ? "values" : "value"] = value,
    };

    private static JsonObject Fact(string fact, string op, JsonNode value) => new() { ["fact"] = fact, ["op"] = op, ["value"] = value };

    private static JsonObject Empty(string path) => new() { ["field"] = path, ["op"] = "is-empty" };

    private static JsonObject Child(JsonObject where) => new() { ["anyIn"] = "/child", ["where"] = where };

    private static JsonObject Diamond(int latitude, int longitude) => new()
    {
        ["field"] = "/place",
        ["op"] = "within-polygon",
        ["polygon"] = new JsonArray(
            new JsonArray(latitude, 0), new JsonArray(0, longitude), new JsonArray(-latitude, 0), new JsonArray(0, -longitude)),
    };

    private static JsonArray Array(IEnumerable<(JsonObject Condition, Func<KnownRow, bool> Means)> parts) =>
        [.. parts.Select(part => (JsonNode)part.Condition)];

    private static bool Holds(string op, int order) => op switch
    {
        "=" => order == 0,
        "≠" => order != 0,
        "<" => order < 0,
        "≤" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    private static int ByCodePoints(string left, string right)
    {
        var (one, other) = (left.EnumerateRunes().ToList(), right.EnumerateRunes().ToList());
        for (var at = 0; at < Math.Min(one.Count, other.Count); at++)
        {
            if (one[at] != other[at])
            {
                return one[at].Value.CompareTo(other[at].Value);
            }
        }

        return one.Count.CompareTo(other.Count);
    }

    private static decimal? NumberOf(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static (decimal Latitude, decimal Longitude)? PointOf(string place) => place.Split(' ') is [var latitude, var longitude, ..]
        ? (decimal.Parse(latitude, CultureInfo.InvariantCulture), decimal.Parse(longitude, CultureInfo.InvariantCulture))
        : null;
}
