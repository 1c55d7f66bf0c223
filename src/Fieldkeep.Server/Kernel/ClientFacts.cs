namespace Fieldkeep.Server.Kernel;

/// <summary>What is known of the program that someone uses.</summary>
/// <param name="Agent">What it calls itself; null when it does not.</param>
/// <param name="Device">The cookie of a browser that signed in before, not checked yet; null without one.</param>
internal sealed record ClientFacts(string? Agent, string? Device)
{
    /// <summary>Nothing is known.</summary>
    public static readonly ClientFacts None = new(null, null);

    /// <summary>It sends the password with each request (HTTP Basic).</summary>
    public bool IsBasic { get; init; }

    /// <summary>It showed the right password from this address before.</summary>
    public bool IsKnown { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "ClientFacts";
}
