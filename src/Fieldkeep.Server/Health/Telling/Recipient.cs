namespace Fieldkeep.Server.Health.Telling;

/// <summary>How somebody is told.</summary>
internal enum RecipientKind
{
    /// <summary>By a letter.</summary>
    Mail,

    /// <summary>By a signed request over HTTPS.</summary>
    Webhook,
}

/// <summary>Somebody, or another machine, that is told of alerts beside the operators.</summary>
/// <param name="Place">Where it is; its address is empty when it cannot be read, and nothing is sent then.</param>
/// <param name="ArrivedAt">When a webhook last took something; null for letters, whose way the outbox knows.</param>
/// <param name="Waiting">How much waits for a webhook.</param>
/// <param name="LastError">Why the webhook did not take what it was sent last, in one or two words such as <c>status 500</c>; null when it did.</param>
internal sealed record Recipient(
    long Id, RecipientKind Kind, RecipientPlace Place, DateTimeOffset CreatedAt, DateTimeOffset? ArrivedAt, int Waiting, string? LastError);

/// <summary>Where a recipient is, sealed in the database.</summary>
/// <param name="Address">An address of letters, or of the web.</param>
/// <param name="Secret">What requests are signed with; null for letters.</param>
internal sealed record RecipientPlace(string Address, string? Secret)
{
    /// <inheritdoc/>
    public override string ToString() => "RecipientPlace";
}
