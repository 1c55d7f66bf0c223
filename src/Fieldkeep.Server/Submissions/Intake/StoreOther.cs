using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Stores what no record of a new submission is, long after it came: an edit, or later files of a submission that was here.</summary>
internal sealed class StoreOther(FindBelonging belonging, FindFiles files, StoreSubmission store)
{
    /// <summary>Why one is set aside: its instance lay in a file that is gone.</summary>
    public const string NoInstance = "instance.missing";

    /// <summary>Does it; asked again, it changes nothing.</summary>
    /// <returns>Why it can never be stored; null when it is, or was erased.</returns>
    /// <exception cref="System.Data.Common.DbException">The database refused for a reason that may pass, or is gone.</exception>
    public async Task<string?> RunAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        if (!files.HasInstance(submission))
        {
            return NoInstance;
        }

        if ((await belonging.RunAsync([submission], cancellationToken)).TryGetValue(submission.Id, out var missing))
        {
            // The draft that it tested is another one by now, and its tests went with it.
            return submission.IsDraft && missing == FindBelonging.NoForm ? null : missing;
        }

        try
        {
            await store.RunOnOtherAsync(await files.WithoutLostAsync(submission, cancellationToken), cancellationToken);
            return null;
        }
        catch (Exception problem) when (RefuseErased.IsWhy(problem))
        {
            return null;
        }
        catch (Exception problem) when (FinalReason(problem) is not null)
        {
            return FinalReason(problem);
        }
    }

    /// <summary>Gives the code of what can never go better: refusals below 500, and what the database can never hold; null for everything that may pass.</summary>
    public static string? FinalReason(Exception problem) => problem switch
    {
        ProblemException { Status: < 500 } refusal => refusal.Code,
        PostgresException { SqlState: ['2', '2' or '3', ..] } refusal => $"database.{refusal.SqlState}",
        _ => null,
    };
}
