namespace Fieldkeep.Server.Kernel;

/// <summary>Why somebody does what cannot be taken back: a sentence for whoever reads the record later.</summary>
internal static class StatedReason
{
    /// <summary>So short says nothing.</summary>
    private const int FewestCharacters = 3;

    /// <summary>So long reads nobody.</summary>
    private const int MostCharacters = 1000;

    /// <summary>Trims a reason, and refuses one that says nothing, or too much.</summary>
    /// <param name="given">What was given.</param>
    /// <param name="code">The problem's code.</param>
    /// <param name="what">What it has to say: “why the account is removed”.</param>
    /// <exception cref="ProblemException">With that code, 422.</exception>
    public static string Check(string? given, string code, string what)
    {
        var trimmed = given?.Trim() ?? "";
        return trimmed.Length is >= FewestCharacters and <= MostCharacters && !trimmed.Any(IsUnprintable)
            ? trimmed
            : throw new ProblemException(
                code, 422, $"“reason” must say {what}, in {FewestCharacters} to {MostCharacters} characters. Name no person: it stays in the books.");
    }

    private static bool IsUnprintable(char letter) => char.IsControl(letter) && letter is not ('\n' or '\r' or '\t');
}
