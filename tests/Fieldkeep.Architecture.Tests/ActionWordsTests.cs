using System.Text.Json;
using System.Text.RegularExpressions;
using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

/// <summary>What was done is told in words: nobody reads a code on the page of activities.</summary>
public sealed partial class ActionWordsTests
{
    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    [InlineData("es")]
    [InlineData("ar")]
    public void Every_action_that_is_written_down_has_words(string language)
    {
        using var texts = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, $"web/src/locales/{language}.json")));
        var words = texts.RootElement.GetProperty("activity").GetProperty("actions");
        var actions = Repository.Files("src/Fieldkeep.Server", ".cs")
            .SelectMany(file => Written().Matches(File.ReadAllText(file)).Select(match => match.Groups["action"].Value))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        Assert.True(actions.Count > 80, $"Only {actions.Count} actions were found: they are written down in another way.");
        Strays.AssertNone(actions.Where(action => !Has(words, action)));
    }

    private static bool Has(JsonElement words, string action)
    {
        var dot = action.IndexOf('.', StringComparison.Ordinal);
        return words.TryGetProperty(action[..dot], out var verbs) && verbs.TryGetProperty(action[(dot + 1)..], out _);
    }

    // The action is the first dotted word that is handed to the book or to the ledger.
    [GeneratedRegex("""\b(?:AuditEvent|Change|AppendAsync|RecordAsync)\([^;"]{0,200}?"(?<action>[a-z_]+\.[a-z_]+)"(?!\s*=>)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Written();
}
