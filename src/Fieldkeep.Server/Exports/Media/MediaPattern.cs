using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Media;

/// <summary>What is known about a file when it is named.</summary>
/// <param name="Question">Name of the question it answers; null when no answer names it.</param>
internal sealed record ExportedFile(string InstanceId, string Name, string? Question, DateTimeOffset SubmittedAt, string Submitter);

/// <summary>
/// Names files by a pattern such as <c>{date}/{instanceId}/{question}.{ext}</c>. What comes from phones never makes folders of its
/// own, leaves its folder, or is refused by Windows.
/// </summary>
internal static class MediaPattern
{
    private const int MostCharacters = 200;

    private static readonly string[] Known = ["instanceId", "name", "question", "ext", "date", "submitter"];

    /// <summary>Refuses a pattern that is no pattern; null is none.</summary>
    /// <exception cref="ProblemException"><c>export.bad_media_names</c>.</exception>
    public static void Require(string? pattern)
    {
        if (pattern is null)
        {
            return;
        }

        var rest = Known.Aggregate(pattern, (text, name) => text.Replace($"{{{name}}}", "", StringComparison.Ordinal));
        if (pattern.Length is 0 or > MostCharacters || rest.AsSpan().IndexOfAny('{', '}') >= 0 || rest.Any(char.IsControl)
            || pattern.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw ExportProblems.BadMediaNames(pattern, Known);
        }
    }

    /// <summary>Gives the path of a file below <c>media/</c>.</summary>
    public static string Of(string pattern, ExportedFile file)
    {
        var extension = Path.GetExtension(file.Name).TrimStart('.');
        return string.Join('/', pattern.Split('/').Select(part => EntryNames.Safe(Known.Aggregate(part, Replace))));

        string Replace(string text, string name) => text.Replace(
            $"{{{name}}}",
            name switch
            {
                "instanceId" => file.InstanceId,
                "name" => Path.GetFileNameWithoutExtension(file.Name),
                "question" => file.Question ?? "file",
                "ext" => extension.Length == 0 ? "bin" : extension,
                "date" => file.SubmittedAt.UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                _ => file.Submitter,
            },
            StringComparison.Ordinal);
    }
}
