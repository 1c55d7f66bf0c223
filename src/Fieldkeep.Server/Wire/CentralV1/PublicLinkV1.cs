using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A public link as Central's API shows it.</summary>
/// <param name="Type">Always <c>public_link</c>.</param>
/// <param name="Token">Its secret in the answer that made it; null ever after.</param>
/// <param name="Once">Whether each respondent shall answer only once; a wish, not a lock.</param>
internal sealed record PublicLinkV1(
    long Id,
    string Type,
    string DisplayName,
    string? Token,
    bool Once,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>When it was revoked; null while it is good.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Who made it.</summary>
    [OnlyExtended]
    public ActorDetailV1? CreatedBy { get; init; }

    /// <summary>Always null: public links have no properties yet.</summary>
    [OnlyExtended]
    public object? Properties { get; init; }

    /// <summary>Shows a link; with its secret when it was just made.</summary>
    public static PublicLinkV1 Of(PublicLink link, string? token) => new(
        link.Id.Value, "public_link", link.DisplayName, token, link.Once, link.CreatedAt, link.UpdatedAt, null)
    {
        RevokedAt = link.RevokedAt,
    };

    /// <inheritdoc/>
    public override string ToString() => $"PublicLinkV1 {{ {Id} }}";
}

/// <summary>A public link to be made.</summary>
internal sealed record NewPublicLinkV1([property: Required] string? DisplayName, bool? Once);

/// <summary>What to change of a public link: nothing can be, so far.</summary>
internal sealed record PublicLinkPatchV1;
