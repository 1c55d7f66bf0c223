using Fieldkeep.Server.Exports.Rows;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>What a saved export holds. May tell of answers: kept sealed.</summary>
/// <param name="Name">A name for people.</param>
/// <param name="XmlFormId">The form it was made for.</param>
internal sealed record SavedSettings(string Name, string XmlFormId, bool IsDraft, RowSelection Selection, ExportOptions Options);

/// <summary>An export that someone wants again and again.</summary>
/// <param name="Links">Addresses it can be fetched from, newest first.</param>
internal sealed record SavedExport(
    Guid Id, SavedSettings Settings, long CreatedBy, DateTimeOffset CreatedAt, IReadOnlyList<ExportLink> Links);

/// <summary>An address that a program fetches a saved export from, with the rights of who made it.</summary>
/// <param name="ExpiresAt">When it ends; in lists, when a new password of who made it ended it before that.</param>
internal sealed record ExportLink(
    long Id,
    Guid SavedId,
    long CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt);
