using System.Text.RegularExpressions;
using Fieldkeep.Server.Mail;
using Xunit;

namespace Fieldkeep.Server.Tests.Mail;

/// <summary>What letters say, in every language.</summary>
public sealed partial class LetterTextsTests
{
    [Fact]
    public void Every_language_has_every_letter_with_the_same_words()
    {
        foreach (var kind in LetterTexts.Kinds)
        {
            var english = WordsOf(LetterTexts.Get(kind, "en"));
            foreach (var language in LetterTexts.Languages)
            {
                Assert.Equal((language, kind, english), (language, kind, WordsOf(LetterTexts.Get(kind, language))));
            }
        }
    }

    [Fact]
    public void A_word_is_put_in_once_and_cannot_start_a_line_of_its_own()
    {
        var text = new LetterText("For {name}", "Hello {name},\n\n{link}");

        var filled = LetterTexts.Fill(text, new Dictionary<string, string> { ["name"] = "A\r\nBcc: b@example.org {link}", ["link"] = "L" });

        Assert.Equal("For A  Bcc: b@example.org {link}", filled.Subject);
        Assert.Equal("Hello A  Bcc: b@example.org {link},\n\nL", filled.Body);
    }

    [Fact]
    public void A_letter_that_lacks_a_word_is_not_written() =>
        Assert.Throws<ArgumentException>(() => LetterTexts.Fill(new LetterText("{what}", ""), new Dictionary<string, string>()));

    [Theory]
    [InlineData("fr", "en", "fr")]
    [InlineData("tlh", "es", "es")]
    [InlineData(null, "ar", "ar")]
    [InlineData(null, "xx", "en")]
    public void A_letter_is_in_the_readers_language_else_in_the_servers(string? wanted, string other, string chosen) =>
        Assert.Equal(chosen, LetterTexts.Choose(wanted, other));

    private static string WordsOf(LetterText text) =>
        string.Join(' ', Word().Matches(text.Subject + text.Body).Select(word => word.Value).Order(StringComparer.Ordinal));

    [GeneratedRegex("{[a-z]+}", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
