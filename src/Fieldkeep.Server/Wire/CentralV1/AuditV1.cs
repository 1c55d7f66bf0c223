using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A line of the audit book as Central's API shows it.</summary>
/// <param name="ActorId">Who; null for the server itself and for people who had not signed in.</param>
/// <param name="Action">Central's name for what was done, or ours where Central has none.</param>
/// <param name="ActeeId">What it was done to: a kind and an id, such as <c>project:3</c>.</param>
/// <param name="Details">A few facts more, by action; null when there are none.</param>
/// <param name="Notes">What the actor wrote about why (<c>X-Action-Notes</c>); null when nothing.</param>
internal sealed record AuditV1(
    long? ActorId, string Action, string ActeeId, JsonObject? Details, DateTimeOffset LoggedAt, string? Notes)
{
    /// <summary>Who, in full; only with extended metadata, and absent for nobody.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ActorDetailV1? Actor { get; init; }

    /// <summary>What it was done to: an actor, a project or a form; only with extended metadata, and absent for anything else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public object? Actee { get; init; }
}
