using System.Collections.Frozen;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Knows of each topic which kind of harm it is, and in which shapes of answer it can be.</summary>
internal static class TopicFacts
{
    private const AnswerShapes Choice = AnswerShapes.Text | AnswerShapes.Select;
    private const AnswerShapes Said = Choice | AnswerShapes.Number | AnswerShapes.YesNo;

    private static readonly FrozenDictionary<PrivacyTopic, (PrivacyKind Kind, AnswerShapes Shapes)> Facts =
        new Dictionary<PrivacyTopic, (PrivacyKind, AnswerShapes)>
        {
            [PrivacyTopic.Name] = (PrivacyKind.DirectIdentifier, Choice),
            [PrivacyTopic.Phone] = (PrivacyKind.DirectIdentifier, AnswerShapes.Text | AnswerShapes.Number),
            [PrivacyTopic.Email] = (PrivacyKind.DirectIdentifier, AnswerShapes.Text),
            [PrivacyTopic.IdNumber] = (PrivacyKind.DirectIdentifier, AnswerShapes.Text | AnswerShapes.Number | AnswerShapes.Code),
            [PrivacyTopic.IdDocument] = (PrivacyKind.DirectIdentifier, AnswerShapes.Picture | AnswerShapes.File),
            [PrivacyTopic.Address] = (PrivacyKind.DirectIdentifier, AnswerShapes.Text | AnswerShapes.Number),
            [PrivacyTopic.Signature] = (PrivacyKind.DirectIdentifier, AnswerShapes.Picture),
            [PrivacyTopic.Photo] = (PrivacyKind.DirectIdentifier, AnswerShapes.Picture | AnswerShapes.Film),
            [PrivacyTopic.Voice] = (PrivacyKind.DirectIdentifier, AnswerShapes.Sound | AnswerShapes.Film),
            [PrivacyTopic.Gps] = (PrivacyKind.Location, AnswerShapes.Point | AnswerShapes.Text | AnswerShapes.Number),
            [PrivacyTopic.Place] = (PrivacyKind.Location, Choice | AnswerShapes.Number),
            [PrivacyTopic.BirthDate] = (PrivacyKind.QuasiIdentifier, Choice | AnswerShapes.Number | AnswerShapes.Date),
            [PrivacyTopic.Age] = (PrivacyKind.QuasiIdentifier, Said),
            [PrivacyTopic.Sex] = (PrivacyKind.QuasiIdentifier, Choice),
            [PrivacyTopic.Education] = (PrivacyKind.QuasiIdentifier, Said),
            [PrivacyTopic.Occupation] = (PrivacyKind.QuasiIdentifier, Choice),
            [PrivacyTopic.HouseholdSize] = (PrivacyKind.QuasiIdentifier, Said),
            [PrivacyTopic.MaritalStatus] = (PrivacyKind.QuasiIdentifier, Choice | AnswerShapes.YesNo),
            [PrivacyTopic.Relationship] = (PrivacyKind.QuasiIdentifier, Choice),
            [PrivacyTopic.Nationality] = (PrivacyKind.QuasiIdentifier, Choice | AnswerShapes.YesNo),
            [PrivacyTopic.Displacement] = (PrivacyKind.QuasiIdentifier, Choice | AnswerShapes.YesNo),
            [PrivacyTopic.Language] = (PrivacyKind.QuasiIdentifier, Choice),
            [PrivacyTopic.Health] = (PrivacyKind.Health, Said | AnswerShapes.Date),
            [PrivacyTopic.Disability] = (PrivacyKind.Health, Said),
            [PrivacyTopic.Religion] = (PrivacyKind.Religion, Choice | AnswerShapes.YesNo),
            [PrivacyTopic.Ethnicity] = (PrivacyKind.Ethnicity, Choice | AnswerShapes.YesNo),
            [PrivacyTopic.Sexuality] = (PrivacyKind.Sexuality, Said | AnswerShapes.Date),
            [PrivacyTopic.Children] = (PrivacyKind.Children, Said),
            [PrivacyTopic.Finance] = (PrivacyKind.Finance, Said),
        }.ToFrozenDictionary();

    // By the topic's number: asked some hundred thousand times for a large form.
    private static readonly PrivacyKind[] Kinds = [.. Enum.GetValues<PrivacyTopic>().Select(topic => Facts[topic].Kind)];
    private static readonly AnswerShapes[] Shapes = [.. Enum.GetValues<PrivacyTopic>().Select(topic => Facts[topic].Shapes)];

    /// <summary>Every topic, in the order of the enumeration.</summary>
    public static IReadOnlyList<PrivacyTopic> All { get; } = Enum.GetValues<PrivacyTopic>();

    /// <summary>Says which kind of harm a topic is.</summary>
    public static PrivacyKind KindOf(PrivacyTopic topic) => Kinds[(int)topic];

    /// <summary>Says whether an answer of a shape can be about a topic.</summary>
    public static bool Holds(PrivacyTopic topic, AnswerShapes shape) => (Shapes[(int)topic] & shape) != AnswerShapes.None;

    /// <summary>Says whether a topic is found only where a form is about people, or the question itself speaks of one.</summary>
    public static bool NeedsPerson(PrivacyTopic topic) => topic is > PrivacyTopic.Sex and not PrivacyTopic.Relationship;

    /// <summary>Says whether counting something is no answer about one person: a number of sick people is no illness.</summary>
    public static bool IsLostInCounts(PrivacyTopic topic) =>
        topic is > PrivacyTopic.Sex and not (PrivacyTopic.HouseholdSize or PrivacyTopic.Relationship or PrivacyTopic.Finance);

    /// <summary>Says whether answers of a topic show that a form is about people.</summary>
    public static bool ShowsPeople(PrivacyTopic topic) =>
        topic is PrivacyTopic.Name or PrivacyTopic.Phone or PrivacyTopic.BirthDate or PrivacyTopic.Age or PrivacyTopic.Sex
            or PrivacyTopic.HouseholdSize or PrivacyTopic.MaritalStatus or PrivacyTopic.Relationship;
}
