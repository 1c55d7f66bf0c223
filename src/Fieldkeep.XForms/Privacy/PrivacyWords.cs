using System.Globalization;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Holds the word lists of every language, read from the files in <c>Privacy/Words</c>.</summary>
/// <remarks>The lines of a file are explained in docs/security/privacy-check.md.</remarks>
internal sealed class PrivacyWords
{
    private const string ResourcePrefix = "privacy-words-";
    private const int StemKey = 3;

    private static readonly Lazy<PrivacyWords> Shared = new(() => new PrivacyWords());

    private readonly Dictionary<string, List<WordRule>> _byWord = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<WordRule>> _byStem = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _stops = new(StringComparer.Ordinal);
    private readonly HashSet<string> _allStops = new(StringComparer.Ordinal);
    private readonly HashSet<string> _yes = new(StringComparer.Ordinal);
    private readonly List<ChoiceRule> _choices = [];

    private PrivacyWords()
    {
        foreach (var language in (string[])["ar", "en", "es", "fr", "pt", "sw"])
        {
            Read(language);
        }
    }

    /// <summary>The lists, read once.</summary>
    public static PrivacyWords All => Shared.Value;

    /// <summary>Gives the code of a language whose words are known; null for a language without a list, and for no language.</summary>
    public string? CodeOf(string language)
    {
        var open = language.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0 && language.IndexOf(')', open) is > 0 and var close)
        {
            var code = language[(open + 1)..close].Trim().ToLowerInvariant().Split('-', '_')[0];
            return _stops.ContainsKey(code) ? code : null;
        }

        return string.Join(' ', PrivacyTokens.OfText(language)) switch
        {
            "english" or "en" => "en",
            "french" or "francais" or "fr" => "fr",
            "spanish" or "espanol" or "es" => "es",
            "arabic" or "عربيه" or "عربي" or "ar" => "ar",
            "portuguese" or "portugues" or "pt" => "pt",
            "swahili" or "kiswahili" or "sw" => "sw",
            _ => null,
        };
    }

    /// <summary>Leaves out of a text the words that say nothing, such as articles.</summary>
    /// <param name="tokens">Words of the text.</param>
    /// <param name="language">Code of its language; null to leave out those of every language.</param>
    public List<string> WithoutStops(List<string> tokens, string? language)
    {
        var stops = language is null ? _allStops : _stops[language];
        return tokens.FindAll(token => !stops.Contains(token));
    }

    /// <summary>Finds every phrase of a text; a text of a known language is read with the words of that language.</summary>
    /// <param name="whole">All words of the text.</param>
    /// <param name="bare">Its words without those that say nothing.</param>
    /// <param name="language">Code of its language; null to use the words of every language.</param>
    public List<WordRule> Find(IReadOnlyList<string> whole, IReadOnlyList<string> bare, string? language)
    {
        var found = new List<WordRule>();
        Find(bare, language, isWhole: false, found);
        Find(whole, language, isWhole: true, found);
        return found;
    }

    private void Find(IReadOnlyList<string> tokens, string? language, bool isWhole, List<WordRule> found)
    {
        var stems = _byStem.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var at = 0; at < tokens.Count; at++)
        {
            var token = tokens[at];
            if (token.Length >= StemKey && stems.TryGetValue(token.AsSpan(0, StemKey), out var byStem))
            {
                Add(byStem, at);
            }

            if (_byWord.TryGetValue(token, out var byWord))
            {
                Add(byWord, at);
            }
        }

        void Add(List<WordRule> rules, int at)
        {
            foreach (var rule in rules)
            {
                if (rule.IsWhole == isWhole && (language is null || rule.Language == language) && rule.Matches(tokens, at))
                {
                    found.Add(rule);
                }
            }
        }
    }

    /// <summary>Says whether a choice is yes, no or a way not to answer.</summary>
    public bool IsYesOrNo(string label) => _yes.Contains(Whole(label));

    /// <summary>Finds the topic of a choice list whose labels are known, such as “male” and “female”; null when there is none.</summary>
    public ChoiceRule? FindChoices(IEnumerable<string> labels)
    {
        var all = labels.Select(Whole).ToHashSet(StringComparer.Ordinal);
        return _choices
            .Select(rule => (Rule: rule, Hits: all.Count(rule.Labels.Contains)))
            .Where(found => found.Hits >= (found.Rule.Topic == PrivacyTopic.Relationship ? 3 : 2) && found.Hits * 2 >= all.Count)
            .OrderByDescending(found => found.Hits)
            .Select(found => found.Rule)
            .FirstOrDefault();
    }

    private static string Whole(string label)
    {
        var tokens = PrivacyTokens.OfText(label);
        return tokens.Count == 0 ? label.Trim().ToLowerInvariant() : string.Join(' ', tokens);
    }

    private void Read(string language)
    {
        var resource = ResourcePrefix + language + ".txt";
        using var stream = typeof(PrivacyWords).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is not part of the assembly.");
        using var reader = new StreamReader(stream);
        var lines = new List<(string Key, int Weight, string[] Phrases)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
            {
                lines.Add(Parse(line, resource));
            }
        }

        var stops = lines.Where(line => line.Key == "stop").SelectMany(line => line.Phrases).SelectMany(PrivacyTokens.OfText);
        _stops.Add(language, stops.ToHashSet(StringComparer.Ordinal));
        _allStops.UnionWith(_stops[language]);
        foreach (var (key, weight, phrases) in lines)
        {
            Add(key, weight, phrases, language);
        }
    }

    private static (string Key, int Weight, string[] Phrases) Parse(string line, string resource)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new InvalidOperationException($"{resource}: “{line}” has no colon.");
        }

        var head = line[..colon].Split(' ', 2);
        var phrases = line[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return head.Length == 2 && int.TryParse(head[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var weight)
            ? (head[0], weight, phrases)
            : (line[..colon], 0, phrases);
    }

    private void Add(string key, int weight, string[] phrases, string language)
    {
        if (key == "stop")
        {
            return;
        }

        if (key == "yes")
        {
            _yes.UnionWith(phrases.Select(Whole));
        }
        else if (key.StartsWith("choices ", StringComparison.Ordinal))
        {
            _choices.Add(new ChoiceRule(Enum.Parse<PrivacyTopic>(key[8..], ignoreCase: true), language, phrases.Select(Whole).ToHashSet(StringComparer.Ordinal)));
        }
        else
        {
            var list = weight == 0 ? Enum.Parse<WordList>(key, ignoreCase: true) : WordList.Topic;
            PrivacyTopic? topic = weight == 0 ? null : Enum.Parse<PrivacyTopic>(key, ignoreCase: true);
            foreach (var phrase in phrases)
            {
                var words = Split(phrase);
                var bare = words.FindAll(word => !_stops[language].Contains(word));

                // “How old” and “where do you live” would be left with one common word.
                var isWhole = bare.Count < Math.Min(2, words.Count);
                Index(new WordRule(topic, list, weight, phrase.TrimEnd('*'), language, isWhole ? words : bare, isWhole));
            }
        }
    }

    private static List<string> Split(string phrase)
    {
        var words = new List<string>();
        foreach (var part in phrase.Split(' '))
        {
            var tokens = PrivacyTokens.OfText(part);
            if (part[^1] == '*' && tokens.Count > 0)
            {
                tokens[^1] += "*";
            }

            words.AddRange(tokens);
        }

        return words;
    }

    private void Index(WordRule rule)
    {
        if (rule.Words.Count == 0)
        {
            throw new InvalidOperationException($"The phrase “{rule.Phrase}” ({rule.Language}) has no word.");
        }

        var first = rule.Words[0];
        var (index, key) = first[^1] == '*' ? (_byStem, first[..StemKey]) : (_byWord, first);
        if (!index.TryGetValue(key, out var rules))
        {
            index.Add(key, rules = []);
        }

        rules.Add(rule);
    }
}

/// <summary>Names the labels by which a choice list is known.</summary>
internal sealed record ChoiceRule(PrivacyTopic Topic, string Language, IReadOnlySet<string> Labels);
