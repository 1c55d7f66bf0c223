using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations;

/// <summary>The refusals of the Organisations room.</summary>
internal static class OrganisationProblems
{
    private const int MostNameCharacters = 255;
    private const int MostDescriptionCharacters = 10_000;

    /// <summary>Trims a name and refuses one that is empty or too long.</summary>
    /// <exception cref="ProblemException"><c>project.name_invalid</c>.</exception>
    public static string CheckName(string name)
    {
        var trimmed = name.Trim();
        return trimmed.Length is > 0 and <= MostNameCharacters && !trimmed.Contains('\0', StringComparison.Ordinal)
            ? trimmed
            : throw Invalid("project.name_invalid", $"“name” must be 1 to {MostNameCharacters} characters long.");
    }

    /// <summary>Refuses a description that is too long; gives null for an empty one.</summary>
    /// <exception cref="ProblemException"><c>project.description_invalid</c>.</exception>
    public static string? CheckDescription(string? description) =>
        description switch
        {
            _ when string.IsNullOrWhiteSpace(description) => null,
            { Length: > MostDescriptionCharacters } => throw Invalid(
                "project.description_invalid",
                $"“description” must be at most {MostDescriptionCharacters} characters long."),
            _ => description,
        };

    /// <summary>A setting's text that is too long.</summary>
    public static ProblemException SettingTooLong(int mostCharacters) =>
        new("setting.too_long", 422, $"Each text of this setting may be at most {mostCharacters} characters long.") { CentralCode = 400.13m };

    private static ProblemException Invalid(string code, string message) => new(code, 422, message) { CentralCode = 400.8m };
}
