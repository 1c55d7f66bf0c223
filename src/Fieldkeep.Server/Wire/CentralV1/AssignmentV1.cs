using System.Text.Json.Serialization;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A role that someone holds at a place.</summary>
/// <param name="RoleId">The role's number.</param>
internal sealed record AssignmentV1(long RoleId)
{
    /// <summary>Who holds it; absent with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ActorId { get; init; }

    /// <summary>Who holds it, in full; only with extended metadata.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ActorDetailV1? Actor { get; init; }

    /// <summary>The form it is held at; only where those of single forms are listed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? XmlFormId { get; init; }
}
