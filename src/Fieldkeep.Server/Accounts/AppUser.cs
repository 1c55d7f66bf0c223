using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>A phone that may fill in the forms of one project, by a token in its settings (Central's "field key").</summary>
/// <param name="LastUsedAt">When it last spoke to the server, to the minute; null when never.</param>
internal sealed record AppUser(
    ActorId Id,
    ProjectId ProjectId,
    string DisplayName,
    long CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? RevokedAt);

/// <summary>An app user that was just created, with the token that is shown this once.</summary>
internal sealed record NewAppUser(AppUser AppUser, string Token)
{
    /// <inheritdoc/>
    public override string ToString() => $"NewAppUser {{ {AppUser.Id} }}";
}
