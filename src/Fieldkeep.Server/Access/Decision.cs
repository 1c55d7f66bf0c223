namespace Fieldkeep.Server.Access;

/// <summary>What the policy says of one question.</summary>
/// <param name="IsAllowed">Whether the actor may.</param>
/// <param name="IsVisible">Whether the actor may know that the place exists.</param>
/// <param name="Because">The roles that allow it; empty when it is not allowed, and for the server itself.</param>
internal sealed record Decision(bool IsAllowed, bool IsVisible, IReadOnlyList<HeldRole> Because)
{
    /// <summary>May not, and may not know.</summary>
    public static Decision Refused { get; } = new(false, false, []);

    /// <summary>The server itself may everything.</summary>
    public static Decision Itself { get; } = new(true, true, []);
}
