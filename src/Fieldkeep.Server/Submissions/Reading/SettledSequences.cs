using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Reading;

/// <summary>
/// Tells up to which sequence number no submission can appear any more. Numbers are given before they are committed, so
/// a lower one may come after a higher one is seen.
/// </summary>
/// <remarks>
/// Whoever got a number holds the lock that every writer of the table holds, from before it asked for the number until
/// its transaction has ended and can be seen. So: look at a number that is there, then at who holds the lock; once all
/// of those have let go, every lower number is there or never will be. No clock takes part.
/// </remarks>
internal sealed class SettledSequences(Db db)
{
    private const string Newest = """
        select max(sequence) from submissions.submissions where form_id = @form and not is_draft
        """;

    // granted: whoever still waits for the lock has no number yet. Vacuum and analyze write no rows, and may take minutes.
    private const string Writers = """
        select virtualtransaction from pg_locks
        where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
          and relation = 'submissions.submissions'::regclass and granted
          and mode not in ('AccessShareLock', 'RowShareLock', 'ShareUpdateExclusiveLock')
        """;

    /// <summary>Looks at a form's newest submission and at who is writing now; null when the form has none.</summary>
    public async Task<UnsettledSequence?> LookAsync(FormId form, CancellationToken cancellationToken)
    {
        if (await db.FindAsync<long?>(Newest, new { form }, cancellationToken) is not { } sequence)
        {
            return null;
        }

        return new UnsettledSequence(sequence, await ListWritersAsync(cancellationToken));
    }

    /// <summary>Tells whether all who wrote when it was looked at have ended, so that everything up to it is there.</summary>
    public async Task<bool> IsSettledAsync(UnsettledSequence looked, CancellationToken cancellationToken) =>
        looked.Writers.Count == 0 || !looked.Writers.Overlaps(await ListWritersAsync(cancellationToken));

    private async Task<IReadOnlySet<string>> ListWritersAsync(CancellationToken cancellationToken) =>
        (await db.ListAsync<string>(Writers, null, cancellationToken)).ToHashSet(StringComparer.Ordinal);
}

/// <summary>A sequence number, and who might still bring a lower one.</summary>
/// <param name="Sequence">The newest that was there.</param>
/// <param name="Writers">Who wrote then.</param>
internal sealed record UnsettledSequence(long Sequence, IReadOnlySet<string> Writers);
