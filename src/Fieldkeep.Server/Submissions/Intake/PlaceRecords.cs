using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>What became of records.</summary>
/// <param name="Refused">Why some can never be stored, by their id.</param>
/// <param name="Added">Those whose files went to a submission that was there.</param>
internal sealed record PlacedRecords(IReadOnlyDictionary<SubmissionId, string> Refused, IReadOnlySet<SubmissionId> Added);

/// <summary>Stores submissions of the journal in one transaction, in their order, by the way every submission goes.</summary>
internal sealed class PlaceRecords(Db db, FindBelonging belonging, InsertSubmissions insert, CompleteSubmission complete)
{
    private const string Here = "select id from submissions.submissions where id = any (@ids)";

    /// <summary>Does it; gives what became of them. Of all that were not refused the database has what is to be had. What is there already stays as it is.</summary>
    /// <param name="submissions">New ones, no instance twice.</param>
    /// <param name="cancellationToken">Gives up before the commit.</param>
    /// <exception cref="System.Data.Common.DbException">The database refused, or is gone: nothing was stored.</exception>
    public async Task<PlacedRecords> RunAsync(IReadOnlyList<NewSubmission> submissions, CancellationToken cancellationToken)
    {
        var ids = submissions.Select(submission => submission.Id.Value).ToArray();
        var here = (await db.ListAsync<SubmissionId>(Here, new { ids }, cancellationToken)).ToHashSet();
        var fresh = submissions.Where(submission => !here.Contains(submission.Id)).ToList();
        if (fresh.Count == 0)
        {
            return new PlacedRecords(new Dictionary<SubmissionId, string>(), new HashSet<SubmissionId>());
        }

        var missing = new Dictionary<SubmissionId, string>(await belonging.RunAsync(fresh, cancellationToken));
        fresh.RemoveAll(submission => missing.ContainsKey(submission.Id));
        var stored = await StoreAsync(fresh, cancellationToken);
        var added = fresh.Select(submission => submission.Id).Where(id => !stored.Contains(id)).ToHashSet();
        foreach (var other in fresh.Where(submission => added.Contains(submission.Id)))
        {
            await CompleteAsync(other, missing, cancellationToken);
        }

        // The draft that it tested is another one by now, and its tests went with it.
        foreach (var test in submissions.Where(submission => submission.IsDraft && missing.GetValueOrDefault(submission.Id) == FindBelonging.NoForm))
        {
            missing.Remove(test.Id);
        }

        return new PlacedRecords(missing, added);
    }

    private async Task<IReadOnlySet<SubmissionId>> StoreAsync(List<NewSubmission> fresh, CancellationToken cancellationToken)
    {
        if (fresh.Count == 0)
        {
            return new HashSet<SubmissionId>();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var stored = await insert.RunAsync(tx, fresh, waits: true, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return stored;
    }

    private async Task CompleteAsync(NewSubmission other, Dictionary<SubmissionId, string> refused, CancellationToken cancellationToken)
    {
        try
        {
            await complete.RunAsync(other, cancellationToken);
        }
        catch (ProblemException problem) when (problem.Status < 500)
        {
            refused[other.Id] = problem.Code;
        }
    }
}
