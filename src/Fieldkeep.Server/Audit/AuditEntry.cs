namespace Fieldkeep.Server.Audit;

/// <summary>A line of the audit book with the notes that were added to it.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="ActorId">Who; 0 for the server itself and for people who had not signed in.</param>
/// <param name="Notes">What they wrote about why; null when nothing.</param>
internal sealed record AuditEntry(
    long Id,
    DateTimeOffset At,
    long ActorId,
    string ActorKind,
    string Action,
    long? ProjectId,
    string SubjectKind,
    string SubjectId,
    string? Detail,
    string? Notes);

/// <summary>Which lines of the audit book are wanted; null members leave everything in.</summary>
/// <param name="Projects">Only lines of these projects; null for every line of the server.</param>
/// <param name="HasServer">Whether lines that belong to no project are wanted too.</param>
/// <param name="Actions">Only, or all but, certain actions.</param>
/// <param name="From">The first instant.</param>
/// <param name="Until">The first instant that is too late.</param>
/// <param name="Actor">Only what this actor did.</param>
internal sealed record AuditFilter(
    IReadOnlyList<long>? Projects, bool HasServer, AuditActions? Actions, DateTimeOffset? From, DateTimeOffset? Until, long? Actor);

/// <summary>Actions to keep, or to leave out.</summary>
/// <param name="IsExcluded">Leaves these out and keeps all others.</param>
/// <param name="Names">Dotted verbs, each with the kind of subject it must be about, or an empty text for any.</param>
internal sealed record AuditActions(bool IsExcluded, IReadOnlyList<(string Action, string SubjectKind)> Names);
