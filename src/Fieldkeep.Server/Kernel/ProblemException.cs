namespace Fieldkeep.Server.Kernel;

/// <summary>A caller's mistake or a refusal, told in words; <c>Wire</c> turns it into each dialect's answer.</summary>
/// <param name="code">A stable dotted code such as <c>form.no_draft</c>.</param>
/// <param name="status">The HTTP status that fits.</param>
/// <param name="message">What happened, with which value, and what to do. Never an answer, never a secret.</param>
internal sealed class ProblemException(string code, int status, string message) : Exception(message)
{
    /// <summary>The stable dotted code.</summary>
    public string Code { get; } = code;

    /// <summary>The HTTP status that fits.</summary>
    public int Status { get; } = status;

    /// <summary>When to try again, for 429 and 503.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Further members of the answer, such as the diagnostics of a form; serialised as JSON.</summary>
    public IReadOnlyDictionary<string, object?>? Details { get; init; }

    /// <summary>ODK Central's own number for this problem, where it has one (e.g. 404.1).</summary>
    public decimal? CentralCode { get; init; }
}
