using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Says what an author can do about a finding, with rows to copy where rows are to be written.</summary>
internal static class ProposeRemedies
{
    private const string Survey = "survey";
    private const string Choices = "choices";

    /// <summary>Lists the remedies of one question, the most protecting first.</summary>
    public static IReadOnlyList<PrivacyRemedy> For(WeighedQuestion question, IReadOnlyList<PrivacyTopic> topics, bool isConfidential)
    {
        var name = question.Question.Name;
        var remedies = new List<PrivacyRemedy> { new(RemedyKind.RemoveQuestion, []) };
        if (!isConfidential && topics.Any(topic => TopicFacts.KindOf(topic) != PrivacyKind.QuasiIdentifier))
        {
            remedies.Add(Confidential(name, question.Question.DataType));
        }

        foreach (var topic in topics)
        {
            remedies.AddRange(Of(topic, name, question.Shape));
        }

        return [.. remedies.DistinctBy(remedy => remedy.Kind)];
    }

    /// <summary>Lists the remedies of a risk of the form.</summary>
    public static IReadOnlyList<PrivacyRemedy> For(FormRisk risk) => risk switch
    {
        FormRisk.NoConsent => [AddConsent()],
        FormRisk.PlaceAndName => [Split(), Area("area"), Plain(RemedyKind.EncryptForm)],
        FormRisk.SensitiveAndName => [Split(), Plain(RemedyKind.EncryptForm)],
        FormRisk.QuasiCombination => [Plain(RemedyKind.RemoveQuestion), AgeGroups("age_group"), Plain(RemedyKind.LargerPlace)],
        FormRisk.PhotosOfPeople or FormRisk.PhotosOfAnything => [NoFaces("photo")],
        FormRisk.AuditLocation => [new PrivacyRemedy(RemedyKind.AuditWithoutPlace, [Row(("type", "audit"), ("name", "audit"), ("parameters", ""))])],
        FormRisk.BackgroundLocation or FormRisk.BackgroundAudio => [Plain(RemedyKind.NoBackground)],
        FormRisk.DeviceMetadata => [Plain(RemedyKind.DropMetadata)],
        FormRisk.FreeText => [HintNoNames("notes")],
        _ => [],
    };

    private static IEnumerable<PrivacyRemedy> Of(PrivacyTopic topic, string name, AnswerShapes shape) => topic switch
    {
        PrivacyTopic.Name or PrivacyTopic.Phone or PrivacyTopic.Email or PrivacyTopic.Address => [Code(name), Split()],
        PrivacyTopic.IdNumber or PrivacyTopic.IdDocument or PrivacyTopic.Signature => [Code(name)],
        PrivacyTopic.Photo => [NoFaces(name)],
        PrivacyTopic.Voice => [new PrivacyRemedy(RemedyKind.WriteInstead, [Row(("type", "text"), ("name", name), ("appearance", "multiline"), ("hint", "Write no names of people or places."))])],
        PrivacyTopic.Gps => [Area(name)],
        PrivacyTopic.Place => [Plain(RemedyKind.LargerPlace)],
        PrivacyTopic.BirthDate => [YearOfBirth(name), AgeGroups(name)],
        PrivacyTopic.Age => [AgeGroups(name)],
        PrivacyTopic.Sex or PrivacyTopic.Religion or PrivacyTopic.Ethnicity => [MayNotSay(name, shape)],
        PrivacyTopic.Health or PrivacyTopic.Disability or PrivacyTopic.Sexuality or PrivacyTopic.Children => [MayNotSay(name, shape), Split()],
        PrivacyTopic.Finance or PrivacyTopic.HouseholdSize => [shape is AnswerShapes.Select or AnswerShapes.YesNo ? MayNotSay(name, shape) : Ranges(name)],
        PrivacyTopic.Relationship => [],
        _ => shape == AnswerShapes.Text ? [Select(name)] : [],
    };

    private static PrivacyRemedy Confidential(string name, DataType type) => type == DataType.Geopoint
        ? new PrivacyRemedy(RemedyKind.DisplacePlace, [Row(("name", name), ("confidential", "yes"), ("confidential_radius", "500"))])
        : new PrivacyRemedy(RemedyKind.MarkConfidential, [Row(("name", name), ("confidential", "yes"))]);

    private static PrivacyRemedy Plain(RemedyKind kind) => new(kind, []);

    private static PrivacyRemedy Code(string name) => new(
        RemedyKind.CodeInstead,
        [Row(("type", "text"), ("name", name.EndsWith("code", StringComparison.OrdinalIgnoreCase) ? name : $"{name}_code"), ("label", "Code from the list kept in the office"), ("constraint", "regex(., '^[A-Z]{2}[0-9]{4}$')"))]);

    private static PrivacyRemedy Split() => new(
        RemedyKind.SplitForm,
        [Row(("type", "text"), ("name", "person_code"), ("label", "Code that links to the contact form"), ("required", "yes"))]);

    private static PrivacyRemedy YearOfBirth(string name) => new(
        RemedyKind.YearOfBirth,
        [Row(("type", "integer"), ("name", $"{name}_year"), ("label", "Year of birth"), ("constraint", ". >= 1900 and . <= number(format-date(today(), '%Y'))"))]);

    private static PrivacyRemedy AgeGroups(string name) => new(
        RemedyKind.AgeGroups,
        [
            Row(("type", "select_one age_groups"), ("name", name), ("label", "Age group")),
            Option("age_groups", "0_4", "0–4"),
            Option("age_groups", "5_17", "5–17"),
            Option("age_groups", "18_59", "18–59"),
            Option("age_groups", "60_up", "60 and over"),
        ]);

    private static PrivacyRemedy Area(string name) => new(
        RemedyKind.AreaInstead,
        [
            Row(("type", "select_one areas"), ("name", name), ("label", "Area")),
            Option("areas", "north", "North"),
            Option("areas", "south", "South"),
        ]);

    private static PrivacyRemedy Select(string name) => new(
        RemedyKind.SelectInstead,
        [Row(("type", $"select_one {name}"), ("name", name)), Option(name, "first", "First"), Option(name, "other", "Other")]);

    private static PrivacyRemedy Ranges(string name) => new(
        RemedyKind.RangesInstead,
        [Row(("type", $"select_one {name}"), ("name", name)), Option(name, "low", "Less than …"), Option(name, "middle", "Between … and …"), Option(name, "high", "More than …")]);

    private static PrivacyRemedy MayNotSay(string name, AnswerShapes shape) => shape is AnswerShapes.Select or AnswerShapes.YesNo
        ? new PrivacyRemedy(RemedyKind.MayNotSay, [Option("…", "not_said", "Prefer not to say")])
        : new PrivacyRemedy(RemedyKind.MayNotSay, [Row(("name", name), ("required", "no"), ("hint", "Leave empty if the person would rather not say."))]);

    private static PrivacyRemedy NoFaces(string name) => new(
        RemedyKind.NoFaces, [Row(("name", name), ("hint", "No faces, no documents, no house that can be recognised."))]);

    private static PrivacyRemedy HintNoNames(string name) => new(
        RemedyKind.HintNoNames, [Row(("name", name), ("hint", "Write no names of people or places."))]);

    private static PrivacyRemedy AddConsent() => new(
        RemedyKind.AddConsent,
        [
            Row(("type", "select_one yes_no"), ("name", "consent"), ("label", "We ask about … for …. Answers are kept until …. You may stop at any time. Do you agree?"), ("required", "yes")),
            Row(("type", "begin_group"), ("name", "consented"), ("relevant", "${consent} = 'yes'")),
            Row(("type", "end_group")),
            Option("yes_no", "yes", "Yes"),
            Option("yes_no", "no", "No"),
        ]);

    private static RemedyRow Option(string list, string name, string label) => new(
        Choices, [new RemedyCell("list_name", list), new RemedyCell("name", name), new RemedyCell("label", label)]);

    private static RemedyRow Row(params (string Column, string Value)[] cells) =>
        new(Survey, [.. cells.Select(cell => new RemedyCell(cell.Column, cell.Value))]);
}
