using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Submissions.Recovering;
using Fieldkeep.Vault;
using Npgsql;

namespace Fieldkeep.Server.Recovery;

/// <summary>The submissions of one form on their way.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="Place">Where they go.</param>
/// <param name="Form">Their form there.</param>
/// <param name="Key">The project's entry in the keyring.</param>
/// <param name="Unrewritten">Those that still hold what was to be taken out: they stay behind. With why.</param>
/// <param name="Senders">Who people there are here.</param>
/// <param name="Counts">Counts them.</param>
internal sealed record Copying(
    RecoverySource Source,
    RecoveryPlace Place,
    RecoverableForm Form,
    Guid Key,
    IReadOnlyDictionary<SubmissionId, string> Unrewritten,
    KnownSenders Senders,
    CopyCounts Counts);

/// <summary>Copies the submissions of a form in the order of their receipt, and reads each again where it came to.</summary>
internal sealed class CopySubmissions(PlaceRecovered place, ReadRecoverable read, RecoverableProjects recoverable)
{
    /// <summary>So many are listed at once.</summary>
    public const int AtOnce = 200;

    /// <summary>Does it.</summary>
    public async Task RunAsync(Actor actor, Copying copying, IProgress<string> progress, CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            var page = await copying.Source.Submissions.ListAsync(copying.Form.Id, after, AtOnce, cancellationToken);
            if (page.Count == 0)
            {
                return;
            }

            await copying.Senders.LearnAsync(
                copying.Source, await copying.Source.Submissions.ListPeopleAsync(page.Select(one => one.Id), cancellationToken), cancellationToken);

            // Whatever became of the round that erases again: what the keyring names as erased is not read.
            var erased = recoverable.ErasedOf(copying.Key);
            foreach (var submission in page)
            {
                if (erased.Contains(submission.Id.Value))
                {
                    copying.Counts.Erased++;
                    copying.Counts.SubmissionsThere--;
                }
                else
                {
                    await CopyAsync(actor, copying, submission, cancellationToken);
                }
            }

            after = page[^1].Sequence;
            progress.Report($"form “{copying.Form.XmlFormId}”: {copying.Counts.Submissions} of {copying.Counts.SubmissionsThere} submissions of the project");
        }
    }

    private async Task CopyAsync(Actor actor, Copying copying, RecoverableSubmission submission, CancellationToken cancellationToken)
    {
        if (copying.Unrewritten.TryGetValue(submission.Id, out var kept))
        {
            await LoseAsync(copying, submission, Told(kept), cancellationToken);
            return;
        }

        PlacedSubmission placed;
        try
        {
            placed = await place.RunAsync(actor, copying.Place, submission, cancellationToken);
        }
        catch (Exception damage) when (damage is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            await LoseAsync(copying, submission, "its answers are damaged in the backup, or gone", cancellationToken);
            return;
        }
        catch (InvalidDataException unfit)
        {
            await LoseAsync(copying, submission, unfit.Message, cancellationToken);
            return;
        }
        catch (PostgresException taken) when (InsertSubmissions.IsTakenMeanwhile(taken) || DatabaseFailure.IsTaken(taken, "submissions_instance"))
        {
            // From before ids were one of a kind.
            await LoseAsync(copying, submission, "another submission, or version of one, has its id", cancellationToken);
            return;
        }

        copying.Counts.AddSubmission(submission, placed);
        var here = await read.HashAsync(copying.Place.Here, placed.Id, submission.CurrentVersion, cancellationToken);
        if (here.AsSpan().SequenceEqual(placed.Whole))
        {
            copying.Counts.Compared++;
        }
        else
        {
            copying.Counts.Missing.Add($"submission {submission.InstanceId} reads otherwise here than it did there");
        }
    }

    private static string Told(string why) => why switch
    {
        "held" => "a legal hold of then keeps answers in it that were taken out for good since",
        "edited" => "it was edited after answers were taken out of it for good, and they could not be taken out again",
        _ => "answers that were taken out for good since could not be taken out of it: it is damaged, or could not be read",
    };

    private static async Task LoseAsync(Copying copying, RecoverableSubmission submission, string why, CancellationToken cancellationToken) =>
        copying.Counts.AddLost(submission, await copying.Source.Submissions.CountFilesAsync(submission.Id, cancellationToken), why);
}
