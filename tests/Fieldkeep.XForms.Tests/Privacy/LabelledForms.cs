using System.Runtime.CompilerServices;
using System.Text.Json;
using Fieldkeep.XForms.Privacy;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.XForms.Tests.Privacy;

/// <summary>Compares what the check finds with what was labelled by hand, over forms of the conformance material.</summary>
internal static class LabelledForms
{
    /// <summary>Checks the labelled forms, those held out of writing the rules or the others, or all.</summary>
    public static LabelScore Score(bool? heldOut)
    {
        var folder = ConformanceFolder.Require("xlsform/real");
        var score = new LabelScore();
        using var labels = JsonDocument.Parse(File.ReadAllText(LabelFile()));
        foreach (var form in labels.RootElement.GetProperty("forms").EnumerateArray())
        {
            if (heldOut is null || form.GetProperty("heldOut").GetBoolean() == heldOut)
            {
                var file = form.GetProperty("file").GetString() ?? "";
                using var xml = File.OpenRead(Path.Combine(folder, file + ".xml"));
                var expected = form.GetProperty("questions").EnumerateObject().ToDictionary(
                    question => question.Name,
                    question => question.Value.EnumerateArray().Select(kind => Enum.Parse<PrivacyKind>(kind.GetString() ?? "", ignoreCase: true)).ToList(),
                    StringComparer.Ordinal);
                score.Add(file, expected, PrivacyCheck.Run(XFormReader.Read(xml)));
            }
        }

        return score;
    }

    private static string LabelFile([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path) ?? ".", "labels.json");
}
