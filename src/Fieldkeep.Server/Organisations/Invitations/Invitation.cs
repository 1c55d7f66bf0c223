using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Organisations.Invitations;

/// <summary>A way into a unit: by a letter to one person, or by a link for some.</summary>
/// <param name="Role">What they get at the unit; null to belong to it only.</param>
/// <param name="Email">Whom the letter goes to; null for a link.</param>
/// <param name="IsFounding">Makes the first administrator of an organisation.</param>
/// <param name="By">Who gave it: it is worth what they may give at the moment of its use.</param>
internal sealed record Invitation(
    long Id,
    UnitId Unit,
    string? Role,
    string? Email,
    string? Name,
    int MostUses,
    int Uses,
    bool IsFounding,
    ActorId By,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? EndedAt);

/// <summary>An invitation to be made.</summary>
internal sealed record NewInvitation(UnitId Unit, string? Role, string? Email, string? Name, int MostUses, int Days)
{
    /// <summary>How often a link can be used at most.</summary>
    public const int MostUsesOfLink = 10_000;

    /// <summary>How long an invitation can be good at most.</summary>
    public const int MostDays = 90;

    /// <summary>How long an invitation is good unless said otherwise.</summary>
    public const int UsualDays = 14;

    /// <summary>Makes the first administrator of an organisation.</summary>
    public bool IsFounding { get; init; }

    /// <summary>How the address is compared, where whoever asks knows it.</summary>
    public string? EmailKey { get; init; }

    /// <summary>An invitation by a letter.</summary>
    public static NewInvitation ByMail(UnitId unit, string? role, string email, string? name) => new(unit, role, email, name, 1, UsualDays);
}

/// <summary>An invitation just made, with its token, shown this once.</summary>
internal sealed record MadeInvitation(Invitation Invitation, string Token)
{
    /// <inheritdoc/>
    public override string ToString() => $"MadeInvitation {{ {Invitation.Id} }}";
}
