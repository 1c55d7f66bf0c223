using Fieldkeep.XForms.Privacy;

namespace Fieldkeep.XForms.Tests.Privacy;

/// <summary>Counts labelled questions found and missed, and findings that no label asks for.</summary>
internal sealed class LabelScore
{
    public int Forms { get; private set; }

    public int Labelled { get; private set; }

    public int Found { get; private set; }

    /// <summary>Labelled questions found with at least one of their kinds.</summary>
    public int FoundWithKind { get; private set; }

    public int Findings { get; private set; }

    public List<string> Missed { get; } = [];

    public List<string> FalseAlarms { get; } = [];

    public double Recall => (double)Found / Labelled;

    public double KindRecall => (double)FoundWithKind / Labelled;

    public double FalseAlarmShare => (double)FalseAlarms.Count / Findings;

    public void Add(string form, IReadOnlyDictionary<string, List<PrivacyKind>> expected, PrivacyReport report)
    {
        // A place the phone records by itself is reported for the form, with the path of its question.
        var kindsByPath = report.Findings.ToDictionary(finding => finding.Path, finding => finding.Kinds, StringComparer.Ordinal);
        foreach (var path in report.Risks.Where(risk => risk.Risk == FormRisk.BackgroundLocation).SelectMany(risk => risk.Paths))
        {
            kindsByPath.TryAdd(path, [PrivacyKind.Location]);
        }

        Forms++;
        Labelled += expected.Count;
        Findings += kindsByPath.Count;
        foreach (var (path, kinds) in expected)
        {
            if (kindsByPath.TryGetValue(path, out var found))
            {
                Found++;
                FoundWithKind += kinds.Intersect(found).Any() ? 1 : 0;
            }
            else
            {
                Missed.Add($"{form} {path} ({string.Join(", ", kinds)})");
            }
        }

        FalseAlarms.AddRange(kindsByPath
            .Where(pair => !expected.ContainsKey(pair.Key))
            .Select(pair => $"{form} {pair.Key} ({string.Join(", ", pair.Value)}: {Why(report, pair.Key)})"));
    }

    public override string ToString() =>
        $"{Forms} forms, {Labelled} labelled, {Found} found ({Recall:P1}), {FoundWithKind} with their kind ({KindRecall:P1}), "
        + $"{FalseAlarms.Count} of {Findings} findings false ({FalseAlarmShare:P1})";

    private static string Why(PrivacyReport report, string path) =>
        string.Join("; ", report.Findings.Where(finding => finding.Path == path).SelectMany(finding => finding.Reasons).Select(reason => $"{reason.Source} {reason.Words}"));
}
