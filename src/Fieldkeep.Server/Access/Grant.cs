using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>One role that one subject holds at one place.</summary>
/// <param name="Subject">Who holds it.</param>
/// <param name="Role">A role of <see cref="RolePermissions"/>, or <c>role:ID</c> of an organisation's own.</param>
/// <param name="Scope">Where it holds, with everything below.</param>
internal sealed record Grant(Subject Subject, string Role, Scope Scope)
{
    /// <summary>Makes the grant of one actor.</summary>
    public Grant(ActorId actor, string role, Scope scope)
        : this(Subject.Of(actor), role, scope)
    {
    }

    /// <summary>Only for submissions that the subject sent.</summary>
    public bool IsOwn { get; init; }

    /// <summary>Only for submissions that this condition matches; null for all.</summary>
    public long? Condition { get; init; }

    /// <summary>When it ends by itself; null when never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
