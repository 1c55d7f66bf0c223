using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Access;

/// <summary>A <see cref="Suspension"/> as the database and the kept rows have it: why, and whom to ask, are sealed.</summary>
internal sealed record SuspensionRow
{
    /// <summary>The column of why.</summary>
    public const string ReasonColumn = "access.suspensions.reason";

    /// <summary>The column of whom to ask.</summary>
    public const string ContactColumn = "access.suspensions.contact";

    public long Id { get; init; }

    public string ScopeKind { get; init; } = "";

    public long ScopeId { get; init; }

    /// <summary>What the envelopes are bound to.</summary>
    public Guid RowId { get; init; }

    public byte[] Reason { get; init; } = [];

    public byte[] Contact { get; init; } = [];

    public DateTimeOffset Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether it holds at a moment.</summary>
    public bool IsOn(DateTimeOffset now) => Until is not { } end || now < end;

    /// <summary>Opens it.</summary>
    public Suspension Open(Keyring keyring) => new()
    {
        Id = Id,
        ScopeKind = ScopeKind,
        ScopeId = ScopeId,
        RowId = RowId,
        Reason = SealedReason.Open(keyring, ReasonColumn, RowId, Reason),
        Contact = SealedReason.Open(keyring, ContactColumn, RowId, Contact),
        Since = Since,
        Until = Until,
    };
}
