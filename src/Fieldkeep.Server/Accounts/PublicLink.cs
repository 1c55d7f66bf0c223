using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>A link by which anyone may fill in one form; its token is the only credential.</summary>
/// <param name="Once">Whether each respondent shall answer only once; a wish that a web form honours, not a lock.</param>
internal sealed record PublicLink(
    ActorId Id,
    ProjectId ProjectId,
    FormId FormId,
    string DisplayName,
    bool Once,
    long CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? RevokedAt);

/// <summary>A public link that was just created, with the token that is shown this once.</summary>
internal sealed record NewPublicLink(PublicLink Link, string Token)
{
    /// <inheritdoc/>
    public override string ToString() => $"NewPublicLink {{ {Link.Id} }}";
}
