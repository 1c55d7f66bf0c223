namespace Fieldkeep.Server.Access;

/// <summary>A project or an account that operators suspended: nothing of it is lost, and nothing goes on.</summary>
internal sealed record Suspension
{
    public long Id { get; init; }

    /// <summary><c>project</c> or <c>account</c>.</summary>
    public string ScopeKind { get; init; } = "";

    /// <summary>Its number.</summary>
    public long ScopeId { get; init; }

    /// <summary>What the envelopes of the texts are bound to.</summary>
    public Guid RowId { get; init; }

    /// <summary>Why, for whoever it is about.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Whom to ask.</summary>
    public string Contact { get; init; } = "";

    public DateTimeOffset Since { get; init; }

    /// <summary>When it ends by itself; null when somebody has to lift it.</summary>
    public DateTimeOffset? Until { get; init; }
}
