using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Privacy;

/// <summary>Finds the risks of a form as a whole.</summary>
internal sealed class FindFormRisks(
    XForm form, List<WeighedQuestion> questions, List<PrivacyFinding> findings, bool isAboutPeople)
{
    /// <summary>Three answers such as age, sex and village already single out most members of a community.</summary>
    private const int FewestQuasi = 3;
    private const int ManyQuasi = 5;

    private static readonly string[] Numbers = ["phonenumber", "simserial", "subscriberid", "email"];
    private static readonly string[] Ids = ["deviceid", "imei", "username", .. Numbers];

    private readonly List<FormRiskFinding> _risks = [];
    private readonly HashSet<string> _found = findings.Select(finding => finding.Path).ToHashSet(StringComparer.Ordinal);

    /// <summary>Lists the risks, the gravest first.</summary>
    public IReadOnlyList<FormRiskFinding> Run()
    {
        var ofPeople = findings.FindAll(finding => !finding.IsAboutStaff);
        if (isAboutPeople && ofPeople.Count > 0 && !questions.Exists(question => question.IsConsent))
        {
            Add(FormRisk.NoConsent, PrivacySeverity.High, []);
        }

        AddCombinations(ofPeople);
        AddPictures(ofPeople);
        AddDevice();
        Add(FormRisk.FreeText, PrivacySeverity.Low, [.. questions.Where(IsFreeText).Select(question => question.Question.Path)]);
        return [.. _risks.Where(risk => risk.Risk == FormRisk.NoConsent || risk.Paths.Count > 0).OrderByDescending(risk => risk.Severity)];
    }

    private void AddCombinations(List<PrivacyFinding> ofPeople)
    {
        var named = ofPeople.FindAll(finding => finding.Kinds.Contains(PrivacyKind.DirectIdentifier));
        var points = ofPeople.FindAll(finding => finding.Topics.Contains(PrivacyTopic.Gps));
        var sensitive = ofPeople.FindAll(finding => finding.Topics.Any(IsSensitive));
        if (named.Count > 0)
        {
            Add(FormRisk.PlaceAndName, PrivacySeverity.High, points.Count == 0 ? [] : PathsOf(named.Concat(points)));
            Add(FormRisk.SensitiveAndName, PrivacySeverity.High, sensitive.Count == 0 ? [] : PathsOf(named.Concat(sensitive)));
        }

        var quasi = ofPeople.FindAll(finding => finding.Kinds.Contains(PrivacyKind.QuasiIdentifier) || finding.Topics.Contains(PrivacyTopic.Place));
        var topics = quasi.SelectMany(finding => finding.Topics).Distinct().Count(IsQuasi);
        if (topics >= FewestQuasi)
        {
            Add(FormRisk.QuasiCombination, topics >= ManyQuasi ? PrivacySeverity.High : PrivacySeverity.Medium, PathsOf(quasi));
        }
    }

    private void AddPictures(List<PrivacyFinding> ofPeople)
    {
        Add(FormRisk.PhotosOfPeople, PrivacySeverity.Medium, PathsOf(ofPeople.Where(finding => finding.Topics.Contains(PrivacyTopic.Photo))));
        Add(
            FormRisk.PhotosOfAnything,
            PrivacySeverity.Low,
            [.. questions.Where(question => question.IsPictureOfAnything && !IsFound(question)).Select(question => question.Question.Path)]);
    }

    private void AddDevice()
    {
        var silent = form.ListElements().OfType<QuestionElement>().Where(question => question.Control is null).ToList();
        Add(FormRisk.AuditLocation, PrivacySeverity.High, PathsOf(silent.Where(question => question.LocationPriority is not null)));
        Add(
            FormRisk.BackgroundLocation,
            PrivacySeverity.Medium,
            PathsOf(silent.Where(question => question.Calculate is null && question.DataType is DataType.Geopoint)));
        Add(
            FormRisk.BackgroundAudio,
            PrivacySeverity.High,
            PathsOf(silent.Where(question => question.DataType == DataType.Binary && !question.Path.Contains("/meta/", StringComparison.Ordinal))));
        var metadata = silent.FindAll(question => question.Preload == "property" && Ids.Contains(question.PreloadParameters, StringComparer.Ordinal));
        Add(
            FormRisk.DeviceMetadata,
            metadata.Exists(question => Numbers.Contains(question.PreloadParameters, StringComparer.Ordinal)) ? PrivacySeverity.Medium : PrivacySeverity.Low,
            PathsOf(metadata));
    }

    private bool IsFreeText(WeighedQuestion question) =>
        question.Shape == AnswerShapes.Text && question.Question.Calculate is null && !IsFound(question)
        && question.Question.Appearance?.Contains("numbers", StringComparison.Ordinal) != true;

    private bool IsFound(WeighedQuestion question) => _found.Contains(question.Question.Path);

    private static bool IsSensitive(PrivacyTopic topic) =>
        TopicFacts.KindOf(topic) is PrivacyKind.Health or PrivacyKind.Religion or PrivacyKind.Ethnicity or PrivacyKind.Sexuality or PrivacyKind.Children;

    private static bool IsQuasi(PrivacyTopic topic) => topic == PrivacyTopic.Place || TopicFacts.KindOf(topic) == PrivacyKind.QuasiIdentifier;

    private static List<string> PathsOf(IEnumerable<PrivacyFinding> some) => [.. some.Select(finding => finding.Path).Distinct()];

    private static List<string> PathsOf(IEnumerable<QuestionElement> some) => [.. some.Select(question => question.Path)];

    private void Add(FormRisk risk, PrivacySeverity severity, IReadOnlyList<string> paths) =>
        _risks.Add(new FormRiskFinding(risk, severity, paths, ProposeRemedies.For(risk)));
}
