using System.Globalization;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Throws answers and filters, each filter with what it means in C#. The same seed throws the same.</summary>
internal sealed class SurveyDice(int seed)
{
    private static readonly string[] Names = ["", "Amina", "amina", "Zoë", "O'Brien", "عائشة", "林", "😀 joy", "Ann", "an", "A very long name that stands alone"];
    private static readonly string[] Waters = ["", "well", "river", "tap"];
    private static readonly string[] AllAssets = ["", "radio", "bicycle", "radio bicycle", "bike radio", "radiogram"];
    private static readonly string[] Calcs = ["", "1", "10", "9", "01", "abc", "1e1", " 10 "];
    private static readonly string[] Comparisons = ["eq", "ne", "gt", "ge", "lt", "le"];

    private uint _state = unchecked(((uint)seed * 2654435761u) + 1);

    /// <summary>Throws a number from 0 up to <paramref name="sides"/>, which never comes.</summary>
    public int Next(int sides)
    {
        unchecked
        {
            _state ^= _state << 13;
            _state ^= _state >> 17;
            _state ^= _state << 5;
        }

        return (int)(_state % (uint)sides);
    }

    /// <summary>Throws answers.</summary>
    public SurveyAnswers Answers(string id) => new(id)
    {
        Name = Pick(Names),
        Age = Maybe(() => Next(60) - 2),
        Weight = Maybe(() => Next(1000) / 10m),
        Born = Maybe(() => new DateOnly(2000 + Next(5), 1 + Next(12), 1 + Next(28))),
        Met = Maybe(() => new DateTimeOffset(2026, 1 + Next(3), 1 + Next(28), Next(24), Next(60), Next(60), TimeSpan.FromHours(Next(7) - 3))),
        At = Maybe(() => new TimeOnly(Next(24), Next(60), Next(60))),
        Consent = Maybe(() => Next(2) == 0),
        Water = Pick(Waters),
        Assets = Pick(AllAssets),
        Place = Next(3) == 0 ? "" : FormattableString.Invariant($"{Next(20) - 10}.5 {Next(40) - 20}.25 0 0"),
        Calc = Pick(Calcs),
        Children = [.. Enumerable.Range(0, Next(4)).Select(_ => (Pick(Names), Maybe(() => Next(18))))],
    };

    /// <summary>Throws a filter and what it means.</summary>
    public (string Text, Func<SurveyAnswers, bool> Means) Filter(int depth = 3)
    {
        switch (depth == 0 ? 9 : Next(7))
        {
            case 0:
                var (left, right) = (Filter(depth - 1), Filter(depth - 1));
                return ($"({left.Text} and {right.Text})", row => left.Means(row) && right.Means(row));
            case 1:
                var (one, other) = (Filter(depth - 1), Filter(depth - 1));
                return ($"({one.Text} or {other.Text})", row => one.Means(row) || other.Means(row));
            case 2:
                var inside = Filter(depth - 1);
                return ($"not ({inside.Text})", row => !inside.Means(row));
            default:
                return Leaf();
        }
    }

    private (string Text, Func<SurveyAnswers, bool> Means) Leaf()
    {
        var comparison = Pick(Comparisons);
        var name = Pick(Names);
        var quoted = $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";
        var number = Next(60);
        switch (Next(20))
        {
            case 0:
                return ($"who/name eq {quoted}", row => row.Name == name);
            case 1:
                return ($"who/name ne {quoted}", row => row.Name != name);
            case 2:
                return ("contains(who/name,'a')", row => row.Name.Contains('a'));
            case 3:
                return ("startswith(who/name, 'A')", row => row.Name.StartsWith('A'));
            case 4:
                return ("endswith(who/name,'a') eq true", row => row.Name.EndsWith('a'));
            case 5:
                return ("tolower(who/name) eq 'amina'", row => row.Name.Equals("amina", StringComparison.OrdinalIgnoreCase));
            case 6:
                return ($"length(who/name) {comparison} 5", row => row.Name.Length == 0 ? comparison == "ne" : Holds(comparison, LengthOf(row.Name), 5));
            case 7:
                return ($"age {comparison} {number}", row => Holds(comparison, row.Age, number));
            case 8:
                return ($"{number} {comparison} age", row => Holds(Turned(comparison), row.Age, number));
            case 9:
                return (Next(2) == 0 ? "age eq null" : "not (age ne null)", row => row.Age is null);
            case 10:
                return ($"weight {comparison} {number}.5", row => Holds(comparison, row.Weight, number + 0.5m));
            case 11:
                var born = new DateOnly(2000 + Next(5), 1 + Next(12), 1 + Next(28));
                return ($"born {comparison} {born:yyyy-MM-dd}", row => Holds(comparison, row.Born?.DayNumber, born.DayNumber));
            case 12:
                return ($"year(born) {comparison} 2002", row => Holds(comparison, row.Born?.Year, 2002));
            case 13:
                var met = new DateTimeOffset(2026, 2, 1 + Next(28), Next(24), 0, 0, TimeSpan.FromHours(2));
                var text = met.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
                return ($"met {comparison} {text}", row => Holds(comparison, row.Met?.UtcTicks, met.UtcTicks));
            case 14:
                return ($"at {comparison} 12:00:00", row => Holds(comparison, row.At?.Ticks, new TimeOnly(12, 0).Ticks));
            case 15:
                return Next(2) == 0
                    ? ("consent", row => row.Consent == true)
                    : ("consent eq false", row => row.Consent == false);
            case 16:
                return Next(2) == 0
                    ? ("water in ('well','river')", row => row.Water is "well" or "river")
                    : ("contains(assets,'radio')", row => row.Assets.Split(' ').Contains("radio"));
            case 17:
                return ("within(place,-5,-10,5.5,10)", InBox);
            case 18:
                return Next(2) == 0
                    ? ($"child/any(c: c/age gt {number % 18} and c/name ne 'Ann')", row => row.Children.Any(child => child.Age > number % 18 && child.Name != "Ann"))
                    : ("child/all(c: c/age ne null)", row => row.Children.All(child => child.Age is not null));
            default:
                return Next(2) == 0
                    ? ($"__system/edits {comparison} 1", row => Holds(comparison, row.Edits, 1))
                    : ($"calc {comparison} 10", row => Holds(comparison, NumberOf(row.Calc), 10));
        }
    }

    private static bool InBox(SurveyAnswers row)
    {
        var parts = row.Place.Split(' ');
        return parts.Length > 1
            && decimal.Parse(parts[0], CultureInfo.InvariantCulture) is >= -5 and <= 5.5m
            && decimal.Parse(parts[1], CultureInfo.InvariantCulture) is >= -10 and <= 10;
    }

    private static decimal? NumberOf(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int LengthOf(string text) => new StringInfo(text).LengthInTextElements;

    private static string Turned(string comparison) => comparison switch
    {
        "gt" => "lt",
        "ge" => "le",
        "lt" => "gt",
        "le" => "ge",
        _ => comparison,
    };

    private static bool Holds(string comparison, decimal? left, decimal right) => comparison switch
    {
        "eq" => left == right,
        "ne" => left != right,
        "gt" => left > right,
        "ge" => left >= right,
        "lt" => left < right,
        _ => left <= right,
    };

    private T Pick<T>(T[] all) => all[Next(all.Length)];

    private T? Maybe<T>(Func<T> make)
        where T : struct => Next(5) == 0 ? null : make();
}
