using System.Globalization;

namespace Fieldkeep.Server.Health;

/// <summary>What a check saw.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Code">Which sentence says so: one of <see cref="CheckTexts"/>, such as <c>disk.low</c>.</param>
/// <param name="Words">What stands for <c>{name}</c> in that sentence. Numbers, paths, codes; never what tells of a person, never an answer.</param>
internal sealed record CheckOutcome(CheckState State, string Code, IReadOnlyDictionary<string, string> Words)
{
    private static readonly Dictionary<string, string> NoWords = [];

    /// <summary>All is well.</summary>
    public static CheckOutcome Ok(string code, params IEnumerable<(string Name, object Word)> words) => Of(CheckState.Ok, code, words);

    /// <summary>Somebody should look at it.</summary>
    public static CheckOutcome Warning(string code, params IEnumerable<(string Name, object Word)> words) => Of(CheckState.Warning, code, words);

    /// <summary>It does not work, or data is in danger.</summary>
    public static CheckOutcome Failing(string code, params IEnumerable<(string Name, object Word)> words) => Of(CheckState.Failing, code, words);

    private static CheckOutcome Of(CheckState state, string code, IEnumerable<(string Name, object Word)> words)
    {
        var said = words.ToDictionary(word => word.Name, word => Convert.ToString(word.Word, CultureInfo.InvariantCulture) ?? "", StringComparer.Ordinal);
        return new CheckOutcome(state, code, said.Count == 0 ? NoWords : said);
    }
}
