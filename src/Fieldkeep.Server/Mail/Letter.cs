namespace Fieldkeep.Server.Mail;

/// <summary>A letter to be sent: to whom, which text, with which words in it. Never an answer, never a password.</summary>
/// <param name="Recipient">The address alone, such as <c>name@example.org</c>.</param>
/// <param name="Language">One of <see cref="LetterTexts.Languages"/>; null or another takes the server's.</param>
/// <param name="Kind">Which text of <c>Mail/Texts</c>, such as <c>password_reset</c>.</param>
/// <param name="Words">What stands for <c>{name}</c> in it; control characters become spaces, and each is cut at 300 characters.</param>
internal sealed record Letter(string Recipient, string? Language, string Kind, IReadOnlyDictionary<string, string> Words)
{
    /// <summary>After this it is not sent any more; links in it are useless then.</summary>
    public TimeSpan GoodFor { get; init; } = TimeSpan.FromDays(2);

    /// <summary>Makes a letter.</summary>
    public static Letter Of(string recipient, string? language, string kind, params IEnumerable<(string Name, string Word)> words) =>
        new(recipient, language, kind, words.ToDictionary(word => word.Name, word => word.Word, StringComparer.Ordinal));

    /// <inheritdoc/>
    public override string ToString() => $"Letter {{ {Kind} }}";
}
