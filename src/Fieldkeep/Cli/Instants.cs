using System.Globalization;
using Fieldkeep.Backup;

namespace Fieldkeep.Cli;

/// <summary>Reads instants that a person types: year first, so that nobody's order of day and month is guessed.</summary>
internal static class Instants
{
    /// <summary>One, for messages.</summary>
    public const string Example = "2026-11-22T10:15:00Z";

    private static readonly string[] Formats =
    [
        .. from separator in new[] { "' '", "'T'" }
           from time in new[] { "HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFF" }
           from zone in new[] { "", "'Z'", "zzz" }
           select $"yyyy-MM-dd{separator}{time}{zone}",
    ];

    /// <summary>
    /// Reads <c>yyyy-MM-dd HH:mm[:ss[.ffffff]]</c>, with a blank or <c>T</c>, and <c>Z</c>, an offset like <c>+02:00</c>, or nothing, which is UTC;
    /// <c>latest</c>; null for anything else.
    /// </summary>
    public static DateTimeOffset? TryRead(string text) =>
        text == "latest" ? RestoreOptions.Latest
        : DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? instant.ToUniversalTime()
            : null;
}
