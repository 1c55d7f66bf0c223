using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Privacy;

/// <summary>
/// Reads a form and says which questions identify people or can harm them, and which risks the form has as a whole. It reads
/// names, labels, types and choices, never answers; the same form always gives the same report.
/// </summary>
public static class PrivacyCheck
{
    /// <summary>Checks a form.</summary>
    public static PrivacyReport Run(XForm form) => Run(form, ConfidentialPlan.Of(form, []));

    /// <summary>Checks a form, some questions of which are confidential: that is not proposed again.</summary>
    public static PrivacyReport Run(XForm form, ConfidentialPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(form);
        var questions = new ReadQuestions(form, PrivacyWords.All).Run();
        var isAboutPeople = questions.Exists(IsPersonal);
        var findings = new List<PrivacyFinding>();
        var found = FindTopics(questions, isAboutPeople);
        var isNamed = found.Exists(pair => Names(pair.Question, pair.Topics));
        foreach (var (question, topics) in found)
        {
            findings.Add(new PrivacyFinding
            {
                Path = question.Question.Path,
                Name = question.Question.Name,
                Topics = topics,
                Kinds = KindsOf(question, topics),
                Severity = topics.Max(topic => SeverityOf(topic, question.IsStaff, isNamed)),
                IsAboutStaff = question.IsStaff,
                Reasons = question.ListReasons(topics),
                Remedies = ProposeRemedies.For(question, topics, plan.Find(question.Question.Path) is not null),
            });
        }

        return new PrivacyReport(findings, new FindFormRisks(form, questions, findings, isAboutPeople).Run());
    }

    /// <summary>Finds the topics of each question; “other, please specify” has those of the question it belongs to.</summary>
    private static List<(WeighedQuestion Question, List<PrivacyTopic> Topics)> FindTopics(List<WeighedQuestion> questions, bool isAboutPeople)
    {
        var found = new List<(WeighedQuestion Question, List<PrivacyTopic> Topics)>();
        WeighedQuestion? last = null;
        foreach (var question in questions.Where(question => !question.IsConsent))
        {
            var topics = question.ListTopics(isAboutPeople);
            if (topics.Count == 0 && found.Count > 0 && found[^1].Question == last && question.Specifies(found[^1].Question))
            {
                topics = found[^1].Topics;
            }

            if (topics.Count > 0)
            {
                found.Add((question, topics));
            }

            last = question;
        }

        return found;
    }

    private static bool IsPersonal(WeighedQuestion question) =>
        !question.IsStaff && !question.IsConsent && question.ListTopics(isAboutPeople: false).Exists(TopicFacts.ShowsPeople);

    private static bool Names(WeighedQuestion question, List<PrivacyTopic> topics) =>
        !question.IsStaff && topics.Exists(topic => TopicFacts.KindOf(topic) == PrivacyKind.DirectIdentifier || topic == PrivacyTopic.Gps);

    private static List<PrivacyKind> KindsOf(WeighedQuestion question, List<PrivacyTopic> topics)
    {
        var kinds = topics.ConvertAll(TopicFacts.KindOf);
        if (question.IsChild)
        {
            kinds.Add(PrivacyKind.Children);
        }

        return [.. kinds.Distinct().Order()];
    }

    /// <summary>Weighs a topic; what is sensitive hurts most where the form also says whose answer it is.</summary>
    private static PrivacySeverity SeverityOf(PrivacyTopic topic, bool isStaff, bool isNamed) => TopicFacts.KindOf(topic) switch
    {
        PrivacyKind.DirectIdentifier => isStaff ? PrivacySeverity.Low : PrivacySeverity.High,
        PrivacyKind.Location => topic == PrivacyTopic.Gps ? PrivacySeverity.High : PrivacySeverity.Medium,
        PrivacyKind.QuasiIdentifier => topic == PrivacyTopic.BirthDate && !isStaff ? PrivacySeverity.Medium : PrivacySeverity.Low,
        PrivacyKind.Finance => isNamed ? PrivacySeverity.Medium : PrivacySeverity.Low,
        _ => isNamed ? PrivacySeverity.High : PrivacySeverity.Medium,
    };
}
