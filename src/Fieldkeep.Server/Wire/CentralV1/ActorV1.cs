using System.Text.Json.Serialization;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Someone who did something, as Central's extended metadata shows them.</summary>
/// <param name="DisplayName">Empty when it is not known.</param>
internal sealed record ActorV1(long Id, string DisplayName)
{
    /// <summary><c>user</c> for an account; absent where it is not said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    /// <summary>Shows an actor; null for nobody.</summary>
    public static ActorV1? Of(long actor, string? name) => actor == 0 ? null : new ActorV1(actor, name ?? "");
}
