using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Ledger;

/// <summary>Reads the signed checkpoints.</summary>
internal static class Checkpoints
{
    private const string HasTree = "select to_regclass('ledger.checkpoints') is not null and to_regclass('ledger.leaves') is not null";
    private const string Last = "select size, root, at, note from ledger.checkpoints order by size desc limit 1";
    private const string Signed = "select size, root, at, note from ledger.checkpoints where at > @after order by at limit @most";
    private const string Older = "select size, root, at, note from ledger.checkpoints where size < @before order by size desc limit @most";

    /// <summary>Says whether the database is of a version that seals its ledger.</summary>
    public static Task<bool> HasTreeAsync(Sql sql, CancellationToken cancellationToken) => sql.GetAsync<bool>(HasTree, null, cancellationToken);

    /// <summary>Finds the newest; null while nothing was sealed.</summary>
    public static Task<CheckpointRow?> FindLastAsync(Sql sql, CancellationToken cancellationToken) =>
        sql.FindAsync<CheckpointRow>(Last, null, cancellationToken);

    /// <summary>Lists those signed after an instant, oldest first.</summary>
    public static Task<IReadOnlyList<CheckpointRow>> ListAfterAsync(
        Sql sql, DateTimeOffset after, int most, CancellationToken cancellationToken) =>
        sql.ListAsync<CheckpointRow>(Signed, new { after, most }, cancellationToken);

    /// <summary>Lists those of fewer leaves, newest first.</summary>
    public static Task<IReadOnlyList<CheckpointRow>> ListBeforeAsync(Sql sql, long before, int most, CancellationToken cancellationToken) =>
        sql.ListAsync<CheckpointRow>(Older, new { before, most }, cancellationToken);
}

/// <summary>A signed checkpoint.</summary>
/// <param name="Size">How many leaves the log had.</param>
/// <param name="Root">Its root.</param>
/// <param name="At">When it was signed.</param>
/// <param name="Note">The signed note, as docs/formats/ledger.md lays it out.</param>
internal sealed record CheckpointRow(long Size, byte[] Root, DateTimeOffset At, string Note);
