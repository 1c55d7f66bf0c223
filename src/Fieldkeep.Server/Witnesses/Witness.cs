namespace Fieldkeep.Server.Witnesses;

/// <summary>How a checkpoint travels.</summary>
internal enum WitnessKind
{
    /// <summary>As a letter.</summary>
    Mail,

    /// <summary>As a signed request over HTTPS.</summary>
    Webhook,
}

/// <summary>How often a checkpoint is sent.</summary>
internal enum WitnessPace
{
    /// <summary>Every hour; not by mail.</summary>
    Hour,

    /// <summary>Every day.</summary>
    Day,

    /// <summary>Every week.</summary>
    Week,
}

/// <summary>Somebody, or another machine, that is sent signed checkpoints to keep.</summary>
/// <param name="DueAt">When the next is sent; after a failure, when it is tried again.</param>
/// <param name="ArrivedAt">When the last was taken: by the mail server, or by the other machine.</param>
/// <param name="ArrivedSize">How many entries that one counts.</param>
/// <param name="Failures">How often it failed since the last that was taken.</param>
/// <param name="LastError">Why it failed last, in one or two words such as <c>status 500</c>; null when it did not.</param>
internal sealed record Witness(
    long Id,
    WitnessKind Kind,
    WitnessPace Every,
    WitnessPlace Place,
    DateTimeOffset CreatedAt,
    DateTimeOffset DueAt,
    DateTimeOffset? TriedAt,
    DateTimeOffset? ArrivedAt,
    long? ArrivedSize,
    int Failures,
    string? LastError);

/// <summary>Where a witness is, sealed in the database.</summary>
/// <param name="Address">An address of letters, or of the web.</param>
/// <param name="Secret">What requests are signed with; null for letters.</param>
internal sealed record WitnessPlace(string Address, string? Secret)
{
    /// <inheritdoc/>
    public override string ToString() => "WitnessPlace";
}
