using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Wire.Shared;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>An app user as Central's API shows it.</summary>
/// <param name="Type">Always <c>field_key</c>.</param>
/// <param name="Token">Its secret in the answer that made it; null ever after.</param>
internal sealed record AppUserV1(
    long ProjectId,
    long Id,
    string Type,
    string DisplayName,
    DateTimeOffset CreatedAt,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? DeletedAt,
    string? Token) : IExtendable
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsExtended { get; init; }

    /// <summary>When it last asked for anything.</summary>
    [OnlyExtended]
    public DateTimeOffset? LastUsed { get; init; }

    /// <summary>Who made it.</summary>
    [OnlyExtended]
    public ActorDetailV1? CreatedBy { get; init; }

    /// <summary>Always null: app users have no properties yet.</summary>
    [OnlyExtended]
    public object? Properties { get; init; }

    /// <summary>Shows an app user; with its secret when it was just made.</summary>
    public static AppUserV1 Of(AppUser appUser, string? token) => new(
        appUser.ProjectId.Value,
        appUser.Id.Value,
        "field_key",
        appUser.DisplayName,
        appUser.CreatedAt,
        appUser.UpdatedAt,
        null,
        token);

    /// <summary>Shows an app user with extended metadata.</summary>
    public static AppUserV1 Of(AppUser appUser, IReadOnlyDictionary<long, KnownActor> actors) => Of(appUser, token: null) with
    {
        IsExtended = true,
        LastUsed = appUser.LastUsedAt,
        CreatedBy = ActorDetailV1.Of(actors.GetValueOrDefault(appUser.CreatedBy)),
    };

    /// <inheritdoc/>
    public override string ToString() => $"AppUserV1 {{ {Id} }}";
}

/// <summary>An app user to be made.</summary>
/// <param name="Properties">Refused: there are none yet.</param>
internal sealed record NewAppUserV1([property: Required] string? DisplayName, IReadOnlyDictionary<string, string?>? Properties);

/// <summary>What to change of an app user.</summary>
/// <param name="Properties">Refused: there are none yet.</param>
internal sealed record AppUserPatchV1(IReadOnlyDictionary<string, string?>? Properties);
