namespace Fieldkeep.Server.Access;

/// <summary>What the policy says of one question.</summary>
/// <param name="IsAllowed">Whether the actor may.</param>
/// <param name="IsVisible">Whether the actor may know that the place exists.</param>
/// <param name="Because">The roles that allow it; empty when it is not allowed, and for the server itself.</param>
internal sealed record Decision(bool IsAllowed, bool IsVisible, IReadOnlyList<HeldRole> Because)
{
    /// <summary>What suspends the project, where that is why it is not allowed; else null.</summary>
    public Suspension? Suspended { get; init; }

    /// <summary>May not, and may not know.</summary>
    public static Decision Refused { get; } = new(false, false, []);

    /// <summary>Whether it is allowed for some submissions or deployments only, and not by any role that reaches the whole place.</summary>
    public bool IsLimited => !IsOfServer && Because.All(role => role.IsLimited);

    /// <summary>Whether it is the server itself that asked.</summary>
    public bool IsOfServer => IsAllowed && Because.Count == 0;

    /// <summary>The server itself may everything.</summary>
    public static Decision Itself { get; } = new(true, true, []);
}
