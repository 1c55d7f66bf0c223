namespace Fieldkeep.XForms.Privacy;

/// <summary>Says what a phrase of a word list speaks for (weight above 0) or against (below 0).</summary>
/// <param name="Topic">What it is about; null for the lists that are about no topic.</param>
/// <param name="List">Which of those lists it belongs to.</param>
/// <param name="Weight">1 hints, 2 is enough alone, 3 is sure.</param>
/// <param name="Phrase">The phrase as the list writes it.</param>
/// <param name="Language">Code of the list's language, such as <c>en</c>.</param>
/// <param name="Words">Its words; one that ends in * stands for all that begin so.</param>
/// <param name="IsWhole">Whether it is looked for among all words of a text, articles and the like included.</param>
internal sealed record WordRule(
    PrivacyTopic? Topic, WordList List, int Weight, string Phrase, string Language, IReadOnlyList<string> Words, bool IsWhole)
{
    /// <summary>Says whether the phrase stands at a place of a text.</summary>
    public bool Matches(IReadOnlyList<string> tokens, int at)
    {
        if (at + Words.Count > tokens.Count)
        {
            return false;
        }

        for (var i = 0; i < Words.Count; i++)
        {
            var word = Words[i];
            var token = tokens[at + i];
            if (word[^1] == '*' ? !token.StartsWith(word[..^1], StringComparison.Ordinal) : token != word)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Names the word lists that are about no topic.</summary>
internal enum WordList
{
    /// <summary>None: the phrase is about a topic.</summary>
    Topic,

    /// <summary>Words for people.</summary>
    Person,

    /// <summary>Words for people who can have a name: “name of the manager of the facility” is a person's.</summary>
    Bearer,

    /// <summary>Words for the team and its partners, whose names are less at risk than respondents'.</summary>
    Staff,

    /// <summary>Words for children.</summary>
    Child,

    /// <summary>Words of a question that asks for consent.</summary>
    Consent,

    /// <summary>Words of a question that counts.</summary>
    Count,
}
