using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>
/// Asks the conditions of a form of the submissions that were not asked yet: those that were here before a condition, and the few that
/// came while it was made. Those in the trash too: they may come back.
/// </summary>
internal sealed class AskRows(
    Db db,
    RowConditionStore store,
    RowFactsOf facts,
    SettledSequences settled,
    SealedRows rows,
    OpenInstances open)
{
    // A batch holds its rows for some 50 ms: an edit waits so long at most.
    private const int BatchRows = 200;

    private const int LooksAtWriters = 40;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private const string Unasked = """
        select s.sequence from submissions.submissions s
        where s.form_id = @form and not s.is_draft and s.sequence > @after and s.sequence <= @through
          and (select count(*) from submissions.row_matches m where m.submission_id = s.id and m.condition_id = any (@ids)) < @wanted
        order by s.sequence limit @limit
        """;

    // Nobody edits or reviews them while they are asked: what is found is what they say when it is written. In the order of ids, as
    // whoever moves many: two that hold some of the same never wait for each other in a circle.
    private const string Hold = """
        select s.sequence from submissions.submissions s
        where s.form_id = @form and not s.is_draft and s.sequence = any (@sequences)
        order by s.id for share
        """;

    /// <summary>Asks what is there, from a sequence number on; gives up to which number all were asked.</summary>
    /// <param name="after">Up to here all were asked before, of the same conditions.</param>
    public async Task<long> RunAsync(SubmissionSet set, BoundConditions bound, long after, CancellationToken cancellationToken)
    {
        var known = bound.Known.ToList();
        var ids = known.Select(one => one.Id).ToArray();
        if (await settled.LookAsync(set.Form, cancellationToken) is not { } looked)
        {
            await store.SetReadyAsync(known, cancellationToken);
            return 0;
        }

        for (var looks = 0; !await settled.IsSettledAsync(looked, cancellationToken); looks++)
        {
            if (looks == LooksAtWriters)
            {
                return after;
            }

            await Task.Delay(BetweenLooks, cancellationToken);
        }

        for (var from = after; ;)
        {
            var arguments = new { form = set.Form, after = from, through = looked.Sequence, ids, wanted = ids.Length, limit = BatchRows };
            var batch = await db.ListAsync<long>(Unasked, arguments, cancellationToken);
            if (batch.Count == 0)
            {
                break;
            }

            await AskAsync(set, bound, batch, cancellationToken);
            from = batch[^1];
        }

        await store.SetReadyAsync(known, cancellationToken);
        return looked.Sequence;
    }

    private async Task AskAsync(SubmissionSet set, BoundConditions bound, IReadOnlyList<long> batch, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        var held = await tx.ListAsync<long>(Hold, new { form = set.Form, sequences = batch.ToArray() }, cancellationToken);
        var found = new List<(SubmissionId, IReadOnlyList<RowMatch>)>(held.Count);
        await foreach (var block in rows.ReadChosenAsync(set, [.. held], withTrash: true, cancellationToken))
        {
            using (block)
            {
                for (var at = 0; at < block.Rows.Count; at++)
                {
                    found.Add((block.Rows[at].Id, await AskAsync(set, bound, block, at, cancellationToken)));
                }
            }
        }

        await RowMatches.WriteAsync(tx, found, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<RowMatch>> AskAsync(
        SubmissionSet set, BoundConditions bound, SealedBlock block, int at, CancellationToken cancellationToken)
    {
        var row = block.Rows[at];
        var known = await facts.FindAsync(bound, new RowOrigin(row.Submitter, row.CreatedAt, row.ReviewState, row.Standing?.Deployment.Value), cancellationToken);
        IReadOnlyList<RowMatch> matches = [];
        try
        {
            await open.OpenAsync(set.Project, block, at, xml => matches = bound.Match(xml, known), cancellationToken);
            return matches;
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            return bound.MatchUnknown(known);
        }
    }
}
