using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Ledger;

/// <summary>Remembers below which transaction every entry is a leaf, as far as this process saw, so that not all of them are looked at each second.</summary>
/// <remarks>
/// It holds for one life of the database. One that was set back, or whose copy took over, gives numbers to transactions a second time, and entries that come
/// below what was remembered would never be sealed (decision 0050). The life is told by the statement that tells the horizon: the next may go to another one.
/// </remarks>
internal sealed class SealedBelow
{
    private const string Now = "select pg_snapshot_xmin(pg_current_snapshot())::text as xid, " + DatabaseLife.Expression + " as life";

    private const string IsDue = "select " + DatabaseLife.Expression + " <> @life as is_another_life," + """

            exists (
                select from ledger.entries
                where xid >= (@from::text)::xid8 and xid < pg_snapshot_xmin(pg_current_snapshot())) as is_due
        """;

    private Horizon? _at;

    /// <summary>The transaction; null until all entries were looked at once in this life of the database.</summary>
    public string? Xid => _at?.Xid;

    /// <summary>Asks for the horizon at this moment: all that may still commit is at or above it.</summary>
    public static Task<Horizon> AskAsync(Db db, CancellationToken cancellationToken) => db.GetAsync<Horizon>(Now, null, cancellationToken);

    /// <summary>Remembers a horizon below which all are leaves.</summary>
    public void Move(Horizon to) => _at = to;

    /// <summary>Tells whether there may be entries that are due; forgets what it remembered when the database lives another life.</summary>
    public async Task<bool> IsDueAsync(Db db, CancellationToken cancellationToken)
    {
        if (_at is not { } at)
        {
            return true;
        }

        var due = await db.GetAsync<Due>(IsDue, new { from = at.Xid, life = at.Life }, cancellationToken);
        if (due.IsAnotherLife)
        {
            _at = null;
        }

        return due.IsAnotherLife || due.IsDue;
    }

    private sealed record Due(bool IsAnotherLife, bool IsDue);
}

/// <summary>A transaction, and the life of the database that named it.</summary>
/// <param name="Xid">The lowest that was under way.</param>
/// <param name="Life">As <see cref="DatabaseLife.Expression"/> gives it.</param>
internal sealed record Horizon(string Xid, string Life);
