using System.Globalization;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Lifecycle.Rewriting;

/// <summary>What becomes of the answers to one question.</summary>
/// <param name="Path">The question, below the root of the instance: <c>/household/name</c>.</param>
/// <param name="Method"><c>drop</c>, <c>hash</c>, <c>pseudonym</c>, <c>month</c>, <c>year</c>, <c>band</c> or <c>place</c>.</param>
/// <param name="Step">The width of a band, or the decimals of a place that stay.</param>
internal sealed record AnswerMethod(string Path, string Method, int? Step)
{
    /// <summary>Replaced by nothing.</summary>
    public const string Drop = "drop";

    /// <summary>Replaced by a keyed hash: the same for the same answer of this project, and nobody turns it back without its keys.</summary>
    public const string Hash = "hash";

    /// <summary>Replaced by P-0001 and so on: the same for the same answer of this project.</summary>
    public const string Pseudonym = "pseudonym";

    private const int MostDecimals = 3;
    private const int MostBand = 1_000_000;

    /// <summary>Refuses a method that there is none of, or a step that does not fit it.</summary>
    /// <exception cref="ProblemException"><c>rewrite.method</c>.</exception>
    public AnswerMethod Check() => Method switch
    {
        Drop or Hash or Pseudonym or "month" or "year" => this with { Step = null },
        "band" when Step is >= 2 and <= MostBand => this,
        "place" when Step is >= 0 and <= MostDecimals => this,
        _ => throw new ProblemException(
            "rewrite.method",
            422,
            $"“method” must be drop, hash, pseudonym, month, year, band (with “step” 2 to {MostBand}) or place (with “step” 0 to {MostDecimals}). Nothing was changed."),
    };

    /// <summary>Makes an answer less exact. What is no date, number or place becomes empty: nobody can tell what it says.</summary>
    public string Generalise(string value) => Method switch
    {
        "month" => DateOf(value) is { } date ? date.ToString("yyyy-MM-01", CultureInfo.InvariantCulture) : "",
        "year" => DateOf(value) is { } date ? date.ToString("yyyy-01-01", CultureInfo.InvariantCulture) : "",
        "band" => BandOf(value, Step ?? 1),
        "place" => PlaceOf(value, Step ?? 0),
        _ => "",
    };

    // The band of a number at the end of what a decimal holds would begin outside of it.
    private static string BandOf(string value, int step) =>
        decimal.TryParse(value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && number > decimal.MinValue + step && number < decimal.MaxValue - step
            ? (Math.Floor(number / step) * step).ToString("0", CultureInfo.InvariantCulture)
            : "";

    private static DateOnly? DateOf(string value) =>
        DateOnly.TryParseExact(value.Trim() is { Length: >= 10 } text ? text[..10] : "", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;

    // A line or an area is many places, and where it lies can be told from its form: only a point is made less exact.
    private static string PlaceOf(string value, int decimals)
    {
        var parts = value.Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length is >= 2 and <= 4 && !value.Contains(';', StringComparison.Ordinal)
            && decimal.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var latitude)
            && decimal.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var longitude)
                ? string.Create(CultureInfo.InvariantCulture, $"{Math.Round(latitude, decimals)} {Math.Round(longitude, decimals)} 0 0")
                : "";
    }
}
