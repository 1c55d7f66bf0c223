namespace Fieldkeep.Server.Incidents;

/// <summary>The words of incidents in the database, the ledger and the API, and what a title and a text may be.</summary>
internal static class IncidentWords
{
    /// <summary>The state of what is over.</summary>
    public const string Over = "over";

    /// <summary>The kind of what was not planned.</summary>
    public const string Disturbance = "incident";

    /// <summary>The kind of planned work.</summary>
    public const string Maintenance = "maintenance";

    /// <summary>So long an update may be, in characters.</summary>
    public const int MostText = 4000;

    /// <summary>So long a post-mortem may be, in characters.</summary>
    public const int MostPostMortem = 50_000;

    private const int MostTitle = 200;

    // Nobody plans further; a slip of the year is found.
    private static readonly TimeSpan Around = TimeSpan.FromDays(2 * 365);

    /// <summary>How much something is felt, least first.</summary>
    public static IReadOnlyList<string> Impacts { get; } = ["none", "slower", "partly", "down"];

    /// <summary>What of the server people know: sending forms, the pages, exports and feeds, letters.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["sending", "pages", "exports", "letters"];

    private static IReadOnlyList<string> Disturbed { get; } = ["investigating", "identified", "watching", Over];

    private static IReadOnlyList<string> Planned { get; } = ["planned", "begun", Over];

    /// <summary>The states that a kind has, in their order.</summary>
    /// <exception cref="Kernel.ProblemException"><c>incident.invalid</c>.</exception>
    public static IReadOnlyList<string> StatesOf(string? kind) => kind switch
    {
        Disturbance => Disturbed,
        Maintenance => Planned,
        _ => throw IncidentProblems.Invalid("kind", $"“{Disturbance}” or “{Maintenance}”"),
    };

    /// <summary>The state, when the kind has it.</summary>
    /// <exception cref="Kernel.ProblemException"><c>incident.invalid</c>.</exception>
    public static string RequireState(string kind, string? state)
    {
        var known = StatesOf(kind);
        return state is not null && known.Contains(state, StringComparer.Ordinal)
            ? state
            : throw IncidentProblems.Invalid("state", $"one of {string.Join(", ", known)}");
    }

    /// <summary>A text without blanks around it, its lines ended in one way.</summary>
    /// <exception cref="Kernel.ProblemException"><c>incident.invalid</c>: empty, or longer than <paramref name="most"/> characters.</exception>
    public static string RequireText(string field, string? text, int most)
    {
        var clean = (text ?? "").ReplaceLineEndings("\n").Trim();
        return clean.Length > 0 && clean.Length <= most && !clean.Contains('\0', StringComparison.Ordinal)
            ? clean
            : throw IncidentProblems.Invalid(field, $"a text of 1 to {most} characters");
    }

    /// <summary>The facts in order, or a refusal that names what is not.</summary>
    /// <exception cref="Kernel.ProblemException"><c>incident.invalid</c>.</exception>
    public static IncidentFacts Require(GivenFacts facts, DateTimeOffset now)
    {
        var title = RequireText("title", facts.Title, MostTitle);
        if (title.Any(char.IsControl))
        {
            throw IncidentProblems.Invalid("title", "one line");
        }

        if (facts.Impact is not { } impact || !Impacts.Contains(impact, StringComparer.Ordinal))
        {
            throw IncidentProblems.Invalid("impact", $"one of {string.Join(", ", Impacts)}");
        }

        var parts = facts.Parts ?? [];
        if (parts.Except(Parts, StringComparer.Ordinal).Any())
        {
            throw IncidentProblems.Invalid("parts", $"a list of {string.Join(", ", Parts)}");
        }

        var begins = facts.BeginsAt ?? now;
        if ((begins - now).Duration() > Around)
        {
            throw IncidentProblems.Invalid("beginsAt", "a time within two years");
        }

        if (facts.EndsAt is { } ends && (ends < begins || ends - begins > Around))
        {
            throw IncidentProblems.Invalid("endsAt", "a time after “beginsAt”");
        }

        // In one order, so that two alike are told alike.
        return new IncidentFacts(title, impact, [.. Parts.Where(part => parts.Contains(part, StringComparer.Ordinal))], begins, facts.EndsAt);
    }
}
