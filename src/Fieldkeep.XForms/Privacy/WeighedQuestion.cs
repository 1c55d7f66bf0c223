using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Holds one question with every phrase found in its name, labels, choices and group.</summary>
/// <remarks>
/// The weight of a topic is the sum of the strongest phrase for it and the strongest against it, of the label and of the name,
/// plus what the type, the choices and the group say. 2 is enough.
/// </remarks>
internal sealed class WeighedQuestion
{
    private const int Enough = 2;
    private const int Sources = (int)PrivacySource.Group + 1;
    private const int Sure = 3;

    /// <summary>Labels with more words than this mention names and places they do not ask for.</summary>
    private const int LongLabel = 9;

    /// <summary>Labels with more words than this tell a story, and name in passing what they do not ask for.</summary>
    private const int LongerLabel = 14;

    private readonly List<PhraseHit> _hits;
    private readonly HashSet<PrivacyTopic> _mentioned = [];

    // The strongest phrase for and against each topic, by where it stands.
    private readonly int[] _for = new int[TopicFacts.All.Count * Sources];
    private readonly int[] _against = new int[TopicFacts.All.Count * Sources];
    private readonly int _labelWords;
    private readonly bool _isSigned;

    public WeighedQuestion(QuestionElement question, AnswerShapes shape, List<PhraseHit> hits, int labelWords)
    {
        Question = question;
        Shape = shape;
        _hits = hits;
        Weigh();
        _labelWords = labelWords;
        _isSigned = question.Appearance?.Contains("signature", StringComparison.OrdinalIgnoreCase) == true;
        IsPerson = HasAny(WordList.Person);
        IsStaff = HasOwn(WordList.Staff);
        IsConsent = HasOwn(WordList.Consent) && (shape is AnswerShapes.YesNo or AnswerShapes.None or AnswerShapes.Select);
    }

    public QuestionElement Question { get; }

    public AnswerShapes Shape { get; }

    /// <summary>Whether the question, or its group, speaks of a person.</summary>
    public bool IsPerson { get; }

    /// <summary>Whether it speaks of the team or its partners.</summary>
    public bool IsStaff { get; }

    /// <summary>Whether it asks for consent.</summary>
    public bool IsConsent { get; }

    /// <summary>Whether it speaks of a child.</summary>
    public bool IsChild => HasAny(WordList.Child);

    /// <summary>Says whether this is the free text of “other” in a choice, shown only when that is chosen.</summary>
    public bool Specifies(WeighedQuestion select) =>
        Shape == AnswerShapes.Text && select.Shape == AnswerShapes.Select
        && Question.Relevant?.Contains(select.Question.Name, StringComparison.Ordinal) == true;

    /// <summary>Gives the topics of the answer, the weightiest first.</summary>
    /// <param name="isAboutPeople">Whether the form is known to be about people.</param>
    public List<PrivacyTopic> ListTopics(bool isAboutPeople)
    {
        var found = new List<(PrivacyTopic Topic, int Weight)>();
        foreach (var topic in TopicFacts.All)
        {
            if (TopicFacts.Holds(topic, Shape)
                && (isAboutPeople || IsPerson || !TopicFacts.NeedsPerson(topic))
                && (_mentioned.Contains(topic) || OfType(topic) > 0)
                && WeightOf(topic) is >= Enough and var weight)
            {
                found.Add((topic, weight));
            }
        }

        return found.Count <= 1
            ? found.ConvertAll(one => one.Topic)
            : [.. found.OrderByDescending(one => one.Weight).ThenBy(one => one.Topic).Select(one => one.Topic)];
    }

    /// <summary>Says whether it is a picture that does not say what it shows.</summary>
    public bool IsPictureOfAnything => Shape == AnswerShapes.Picture && WeightOf(PrivacyTopic.Photo) == 1;

    /// <summary>Says why the topics were found.</summary>
    public List<PrivacyReason> ListReasons(IReadOnlyCollection<PrivacyTopic> topics)
    {
        var reasons = _hits
            .Where(hit => hit.Rule is { Weight: > 0, Topic: { } topic } && topics.Contains(topic))
            .OrderBy(hit => hit.Source)
            .ThenByDescending(hit => hit.Rule.Weight)
            .DistinctBy(hit => (hit.Source, hit.Rule.Topic, hit.Rule.Language))
            .Select(hit => new PrivacyReason(hit.Source, hit.Rule.Phrase, hit.Rule.Language))
            .Distinct()
            .ToList();
        if (reasons.Count == 0 && Shape == AnswerShapes.Text)
        {
            reasons.Add(new PrivacyReason(PrivacySource.Type, "other", null));
        }
        else if (reasons.Count == 0 || Shape is AnswerShapes.Point or AnswerShapes.Picture or AnswerShapes.Sound or AnswerShapes.Film or AnswerShapes.Code)
        {
            reasons.Add(new PrivacyReason(PrivacySource.Type, Question.DataType.ToString().ToLowerInvariant(), null));
        }

        return reasons;
    }

    private int WeightOf(PrivacyTopic topic)
    {
        var label = Strongest(topic, PrivacySource.Label);
        var name = Strongest(topic, PrivacySource.Name);
        if (label > 0 && _labelWords > (IsOftenMentioned(topic) ? LongLabel : LongerLabel))
        {
            label--;
        }

        var against = Against(topic, PrivacySource.Label) + Against(topic, PrivacySource.Name);
        if (topic == PrivacyTopic.Name && against < 0 && HasOwn(WordList.Bearer))
        {
            against = Math.Min(0, against + 2);
        }

        if (TopicFacts.IsLostInCounts(topic) && HasOwn(WordList.Count) && !HasOwn(WordList.Person))
        {
            against -= Sure;
        }

        // A word that stands in name and label alike is one reason, not two.
        var words = Math.Min(Math.Max(label, 0) + name, Sure) + Strongest(topic, PrivacySource.Hint) + (Strongest(topic, PrivacySource.Group) / 2);
        if (topic == PrivacyTopic.Gps && Shape != AnswerShapes.Point)
        {
            // A household is a reason to mind its point, and no point itself.
            words = label >= Sure || name >= Sure ? Sure : 0;
        }

        return words + Strongest(topic, PrivacySource.Choices) + OfType(topic) + against;
    }

    private static bool IsOftenMentioned(PrivacyTopic topic) =>
        topic is PrivacyTopic.Name or PrivacyTopic.Place or PrivacyTopic.Phone or PrivacyTopic.Address;

    private int OfType(PrivacyTopic topic) => (topic, Shape) switch
    {
        (PrivacyTopic.Gps, AnswerShapes.Point) => Enough,
        (PrivacyTopic.IdNumber, AnswerShapes.Code) => Enough,
        (PrivacyTopic.Signature, _) when _isSigned => Sure,
        (PrivacyTopic.Voice, _) => Enough,
        (PrivacyTopic.Photo, AnswerShapes.Film) => Enough,
        (PrivacyTopic.Photo, _) when HasOwn(WordList.Bearer) || HasOwn(WordList.Person) => Enough,
        (PrivacyTopic.Photo, _) => 1,
        _ => 0,
    };

    private int Strongest(PrivacyTopic topic, PrivacySource source) => _for[Place(topic, source)];

    private int Against(PrivacyTopic topic, PrivacySource source) => _against[Place(topic, source)];

    private static int Place(PrivacyTopic topic, PrivacySource source) => ((int)topic * Sources) + (int)source;

    private void Weigh()
    {
        foreach (var (source, rule) in _hits)
        {
            if (rule.Topic is not { } topic)
            {
                continue;
            }

            var at = Place(topic, source);
            _for[at] = Math.Max(_for[at], rule.Weight);
            _against[at] = Math.Min(_against[at], rule.Weight);
            if (rule.Weight > 0)
            {
                _mentioned.Add(topic);
            }
        }
    }

    private bool HasOwn(WordList list) => _hits.Exists(hit => hit.Rule.List == list && (hit.Source is PrivacySource.Label or PrivacySource.Name));

    private bool HasAny(WordList list) => _hits.Exists(hit => hit.Rule.List == list);
}

/// <summary>Says that a phrase of a word list stands somewhere in a question.</summary>
internal sealed record PhraseHit(PrivacySource Source, WordRule Rule);
