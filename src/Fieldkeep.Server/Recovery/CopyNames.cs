namespace Fieldkeep.Server.Recovery;

/// <summary>Names copies by how far they are.</summary>
internal static class CopyNames
{
    /// <summary>Stands in the name of a copy that is being made.</summary>
    public const string BeingRestored = "being restored as of";

    /// <summary>Stands in the name of one that did not come to its end.</summary>
    public const string Incomplete = "incomplete, as of";

    /// <summary>Stands in the name of one that did.</summary>
    public const string Whole = "as of";

    private const int MostCharacters = 200;

    /// <summary>Gives a copy's name.</summary>
    /// <param name="name">The project's.</param>
    public static string Of(string name, string what, DateTimeOffset asOf) =>
        $"{(name.Length > MostCharacters ? name[..MostCharacters] : name)} ({what} {asOf.UtcDateTime:yyyy-MM-dd HH:mm} UTC)";
}
