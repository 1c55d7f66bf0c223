using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Finds the known phrases of every question somebody answers.</summary>
internal sealed class ReadQuestions(XForm form, PrivacyWords words)
{
    /// <summary>A label of so few words leaves the hint to say what is asked.</summary>
    private const int ShortLabel = 1;

    private readonly Dictionary<string, ChoiceRule?> _choices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _codes = new(StringComparer.Ordinal);

    /// <summary>Reads the form; questions the device fills, notes and calculations are left out.</summary>
    public List<WeighedQuestion> Run()
    {
        var questions = new List<WeighedQuestion>();
        Walk(form.Root, [], questions);
        return questions;
    }

    private void Walk(FormElement container, List<PhraseHit> inherited, List<WeighedQuestion> questions)
    {
        foreach (var element in container.Children)
        {
            if (element is QuestionElement question)
            {
                if (IsAsked(question))
                {
                    questions.Add(Read(question, inherited));
                }
            }
            else if (element.Name != "meta")
            {
                // The nearest group says most; those around it are too wide to say anything of one question.
                var hits = new List<PhraseHit>();
                AddName(hits, element.Name, PrivacySource.Group);
                AddText(hits, element.Label, PrivacySource.Group);
                Walk(element, hits, questions);
            }
        }
    }

    private static bool IsAsked(QuestionElement question) =>
        question.Control is not (null or "trigger")
        && (question.ReadOnly is null || question.Calculate is not null || !question.ReadOnly.StartsWith("true", StringComparison.Ordinal));

    private WeighedQuestion Read(QuestionElement question, List<PhraseHit> inherited)
    {
        var list = question.ChoiceListId is { } id ? form.ChoiceLists.GetValueOrDefault(id) : null;
        var hits = new List<PhraseHit>(inherited);
        AddName(hits, question.Name, PrivacySource.Name);
        var labelWords = AddText(hits, question.Label, PrivacySource.Label);
        if (labelWords <= ShortLabel)
        {
            AddText(hits, question.Hint, PrivacySource.Hint);
        }

        if (list is not null && KnownChoices(list) is { } rule)
        {
            hits.Add(new PhraseHit(
                PrivacySource.Choices,
                new WordRule(rule.Topic, WordList.Topic, rule.Topic == PrivacyTopic.Health ? 1 : 2, string.Join(", ", rule.Labels.Take(2)), rule.Language, [], IsWhole: false)));
        }

        return new WeighedQuestion(question, FindShape.Of(question, list, words), hits, labelWords);
    }

    private ChoiceRule? KnownChoices(ChoiceList list)
    {
        if (!_choices.TryGetValue(list.Id, out var rule))
        {
            rule = FindChoices(list);
            _choices.Add(list.Id, rule);
        }

        return rule;
    }

    private ChoiceRule? FindChoices(ChoiceList list)
    {
        var languages = form.Languages.Count == 0 ? [""] : form.Languages;
        return languages
            .Select(language => words.FindChoices(list.Choices.Select(choice => choice.Label.Find(language) ?? choice.Value)))
            .FirstOrDefault(found => found is not null)
            ?? words.FindChoices(list.Choices.Select(choice => choice.Value));
    }

    private void AddName(List<PhraseHit> hits, string name, PrivacySource source)
    {
        var tokens = PrivacyTokens.OfName(name);
        hits.AddRange(words.Find(tokens, words.WithoutStops(tokens, null), null).Select(rule => new PhraseHit(source, rule)));
    }

    /// <summary>Adds the phrases of a text and counts the words of its shortest language.</summary>
    private int AddText(List<PhraseHit> hits, FormText text, PrivacySource source)
    {
        var fewest = int.MaxValue;
        foreach (var (language, value) in text.ByLanguage)
        {
            var code = CodeOf(language);
            var tokens = PrivacyTokens.OfText(value);
            var bare = words.WithoutStops(tokens, code);
            fewest = Math.Min(fewest, bare.Count);
            hits.AddRange(words.Find(tokens, bare, code).Select(rule => new PhraseHit(source, rule)));
        }

        return fewest == int.MaxValue ? 0 : fewest;
    }

    private string? CodeOf(string language)
    {
        if (!_codes.TryGetValue(language, out var code))
        {
            _codes.Add(language, code = words.CodeOf(language));
        }

        return code;
    }
}
