using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Says how an operator comes to read data.</summary>
internal enum CaseKind
{
    /// <summary>Its owner lets them.</summary>
    Support,

    /// <summary>In an emergency another operator lets them, and the owner is told at once.</summary>
    BreakGlass,
}

/// <summary>Says how far a case is.</summary>
internal enum CaseState
{
    /// <summary>Somebody asked and nobody answered.</summary>
    Asked,

    /// <summary>The answer was no, or whoever asked took it back.</summary>
    Declined,

    /// <summary>Nobody answered in time.</summary>
    Lapsed,

    /// <summary>The operator may read now.</summary>
    Open,

    /// <summary>The operator could read and no longer can.</summary>
    Ended,
}

/// <summary>One time that an operator may read somebody's data, from the question to the end.</summary>
/// <param name="Scope">A project, or an organisation, branch or team.</param>
/// <param name="MayExport">Whether they may take answers out, too.</param>
/// <param name="Minutes">How long, from when it is opened.</param>
/// <param name="Ticket">What the work is known by elsewhere; null where none was named.</param>
/// <param name="Reason">Why, in their words.</param>
/// <param name="DecidedBy">Who answered; null while nobody has.</param>
/// <param name="Grant">The grant in the Access room; null unless it was opened.</param>
/// <param name="EndedAt">When it ended before its time; null when it did not.</param>
internal sealed record SupportCase(
    long Id,
    CaseKind Kind,
    ActorId Operator,
    Scope Scope,
    bool MayExport,
    int Minutes,
    string? Ticket,
    string Reason,
    ActorId AskedBy,
    DateTimeOffset AskedAt,
    ActorId? DecidedBy,
    DateTimeOffset? DecidedAt,
    long? Grant,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? EndedAt,
    ActorId? EndedBy)
{
    /// <summary>The role that the operator holds while it is open.</summary>
    public string Role => MayExport ? RolePermissions.SupportExport : RolePermissions.Support;

    /// <summary>Tells how far it is at an instant.</summary>
    public CaseState StateAt(DateTimeOffset now) => this switch
    {
        { Grant: not null, EndedAt: null } => ExpiresAt > now ? CaseState.Open : CaseState.Ended,
        { Grant: not null } => CaseState.Ended,
        { DecidedAt: not null } => CaseState.Declined,
        _ => AskedAt + SupportTerms.AnsweredWithin > now ? CaseState.Asked : CaseState.Lapsed,
    };
}
