using System.Runtime.CompilerServices;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Chooses the submissions of an export: all of a set, or those for which its filter holds.</summary>
internal sealed class ChosenRows(
    FormLayouts layouts, ReadFilter read, MatchRows match, CountSubmissions count, SealedRows sealedRows, SubmissionQueries submissions)
{
    private const int RowsAtOnce = 500;

    /// <summary>Reads the filter, so that a mistake in it is told before anything is written, and counts.</summary>
    /// <exception cref="ProblemException">The problems of <see cref="ReadFilter"/>, <c>form.not_published</c>.</exception>
    public async Task<long> CountAsync(ExportRequest request, CancellationToken cancellationToken) =>
        await QueryOfAsync(request, cancellationToken) is { } query
            ? await match.CountAsync(query, cancellationToken)
            : await count.OfAsync(request.Set, cancellationToken);

    /// <summary>Reads the filter, so that a mistake in it is told before anything is written.</summary>
    /// <exception cref="ProblemException">The problems of <see cref="ReadFilter"/>, <c>form.not_published</c>.</exception>
    public Task RequireAsync(ExportRequest request, CancellationToken cancellationToken) => QueryOfAsync(request, cancellationToken);

    /// <summary>Tells whether the filter asks for the trash, of someone who may have that.</summary>
    /// <exception cref="ProblemException">The problems of <see cref="ReadFilter"/>, <c>form.not_published</c>.</exception>
    public async Task<bool> AsksTrashAsync(ExportRequest request, CancellationToken cancellationToken) =>
        await QueryOfAsync(request, cancellationToken) is { WithTrash: true };

    /// <summary>Streams the submissions sealed, newest first.</summary>
    public IAsyncEnumerable<SealedBlock> ReadAsync(ExportRequest request, CancellationToken cancellationToken) =>
        ReadAsync(request, long.MaxValue, cancellationToken);

    /// <summary>Streams so many of the submissions sealed, newest first.</summary>
    public async IAsyncEnumerable<SealedBlock> ReadAsync(
        ExportRequest request, long most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var block in ReadBlocksAsync(request, most, cancellationToken))
        {
            request.Seen?.Add(block);
            yield return block;
        }
    }

    /// <summary>Streams what stands in the clear about the submissions, newest first.</summary>
    public async IAsyncEnumerable<SubmissionRow> ListAsync(
        ExportRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in ListRowsAsync(request, cancellationToken))
        {
            request.Seen?.Add(row.Sequence);
            yield return row;
        }
    }

    private async IAsyncEnumerable<SealedBlock> ReadBlocksAsync(
        ExportRequest request, long most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await QueryOfAsync(request, cancellationToken) is not { } query)
        {
            var all = RowRange.Below(SubmissionCursor.Newest);
            await foreach (var block in sealedRows.ReadAsync(request.Set, all, most, cancellationToken))
            {
                yield return block;
            }

            yield break;
        }

        var left = most;
        await foreach (var portion in match.StreamAsync(query, cancellationToken))
        {
            foreach (var some in portion.Chunk(RowsAtOnce))
            {
                var sequences = some.Take((int)Math.Min(left, RowsAtOnce)).Select(row => row.Sequence).ToList();
                left -= sequences.Count;
                if (sequences.Count == 0)
                {
                    yield break;
                }

                await foreach (var block in sealedRows.ReadChosenAsync(request.Set, sequences, query.WithTrash, cancellationToken))
                {
                    yield return block;
                }
            }
        }
    }

    private async IAsyncEnumerable<SubmissionRow> ListRowsAsync(
        ExportRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await QueryOfAsync(request, cancellationToken) is not { } query)
        {
            for (var after = SubmissionCursor.Newest; ;)
            {
                var page = await submissions.ListAsync(request.Set, after, RowsAtOnce, cancellationToken);
                foreach (var row in page.Items)
                {
                    yield return row;
                }

                if (page.Next is null)
                {
                    yield break;
                }

                after = SubmissionCursor.Parse(page.Next);
            }
        }

        await foreach (var portion in match.StreamAsync(query, cancellationToken))
        {
            foreach (var some in portion.Chunk(RowsAtOnce))
            {
                var sequences = some.Select(row => row.Sequence).ToArray();
                foreach (var row in await submissions.ListChosenAsync(request.Set, sequences, query.WithTrash, cancellationToken))
                {
                    yield return row;
                }
            }
        }
    }

    private async Task<RowQuery?> QueryOfAsync(ExportRequest request, CancellationToken cancellationToken)
    {
        if (request.Filter is not { } text)
        {
            return null;
        }

        var layout = await layouts.GetAsync(request.Set, cancellationToken);
        var filter = await read.RunAsync(request.Actor, request.Set, layout, text, cancellationToken);
        return new RowQuery(request.Set, layout, filter, null, SubmissionCursor.Newest);
    }
}
