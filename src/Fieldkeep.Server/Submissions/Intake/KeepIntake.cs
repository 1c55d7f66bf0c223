using System.Collections.Concurrent;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Receiving;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Stores submissions behind the intake journal: each is durable there and in the database before it is acknowledged, and a new one is acknowledged too when
/// the database goes away meanwhile. <see cref="DrainIntake"/> brings it there.
/// </summary>
/// <remarks>
/// Edits want the database: whether one may be made is found there. One whose database went away is refused, and its sender keeps it. While the journal
/// cannot take anything, the database alone is waited for, as before there was a journal.
/// </remarks>
internal sealed partial class KeepIntake(
    OpenedIntake opened,
    TellJournal tell,
    LeftSubmissions left,
    StoreSubmission store,
    FindBelonging belonging,
    OtherJournals others,
    WhileAway away,
    ILogger<KeepIntake> log)
{
    // Those whose request is under way.
    private readonly ConcurrentDictionary<Guid, bool> _current = new();
    private readonly InstanceTurns _turns = new();

    /// <summary>Whether a record is on its way to the database by its own request.</summary>
    public bool IsCurrent(Guid id) => _current.ContainsKey(id);

    /// <summary>Gives those whose requests are under way.</summary>
    public IReadOnlySet<Guid> Current() => _current.Keys.ToHashSet();

    /// <summary>Stores a submission; returns when it is durable. What was let in by kept rows is looked at by the database first, when that is there again.</summary>
    /// <exception cref="ProblemException">
    /// Those of <see cref="StoreSubmission"/>; <c>access.denied</c>, <c>submission.waits</c>, <c>submission.unsure</c>, <c>database.unavailable</c>.
    /// </exception>
    /// <exception cref="System.Data.Common.DbException">The database refused it, or is gone and the journal does not have it.</exception>
    public async Task<StoredSubmission> StoreAsync(NewSubmission submission)
    {
        // Whoever brings it was let in. What it changes is decided by the database alone.
        WhileAway.Leave();
        await left.LoadAsync(CancellationToken.None);
        var key = InstanceKey.Of(submission);
        using var turn = await _turns.TakeAsync(key);
        var waiting = left.Find(key);
        if (submission.DeprecatedId is not null)
        {
            return waiting is not null || IsOfWaiting(submission, key) ? throw IntakeProblems.Waits() : await StoreBesideAsync(submission);
        }

        return waiting is null ? await StoreBesideAsync(submission) : await TakeAgainAsync(submission, waiting);
    }

    private bool IsOfWaiting(NewSubmission edit, InstanceKey key) =>
        left.Find(key with { InstanceId = edit.DeprecatedId ?? "" }) is not null
        || (edit.EditOf is { } named && left.Find(key with { InstanceId = named }) is not null);

    // What waits is answered as it was, and not stored beside by another way: it has one leaf.
    private async Task<StoredSubmission> TakeAgainAsync(NewSubmission again, LeftSubmission waiting)
    {
        if (!waiting.IsSame(again) || !await TellJournal.BrieflyAsync(waiting.Durable))
        {
            throw IntakeProblems.Waits();
        }

        if (waiting.Covers(again))
        {
            return new StoredSubmission(waiting.Leaf, new HashSet<Guid>());
        }

        // Files that came later are a record of their own; drained, they are added. The journal alone has them, whatever the deployment says by now.
        if (!await tell.SoonAsync(tell.AppendAsync(again with { IsAgain = false })))
        {
            throw IntakeProblems.Unsure();
        }

        waiting.Add(again);
        return new StoredSubmission(waiting.Leaf, null);
    }

    private async Task<StoredSubmission> StoreBesideAsync(NewSubmission submission)
    {
        var id = submission.Id.Value;
        if (!IsNew(submission) && await away.IsAwayAsync())
        {
            throw WhileAway.Unavailable();
        }

        _current.TryAdd(id, true);
        try
        {
            // Both at once: whoever sent it waits for the slower of the two disks, not for one after the other.
            var keeping = tell.AppendAsync(submission);
            return await TryNewAsync(submission, keeping) ?? await StoreOnOtherAsync(submission, keeping);
        }
        finally
        {
            _current.TryRemove(id, out _);
            tell.Forget(id);
        }
    }

    private static bool IsNew(NewSubmission submission) => submission is { DeprecatedId: null, IsAgain: false };

    // Null when it is no new one.
    private async Task<StoredSubmission?> TryNewAsync(NewSubmission submission, Task<bool> keeping)
    {
        try
        {
            if (IsNew(submission) && await away.IsAwayAsync())
            {
                return await LeaveAsync(submission, keeping, nameof(WhileAway), null) ? StoredSubmission.New(submission) : throw await WhyNotLeftAsync(submission, keeping);
            }

            var storing = TryStoreAsync(submission);
            if (!await away.AnswersAsync(storing) && IsNew(submission))
            {
                // Whatever becomes of it: what the database has then is not stored twice.
                return await LeaveAsync(submission, keeping, nameof(TimeoutException), null) ? StoredSubmission.New(submission) : throw IntakeProblems.Unsure();
            }

            if (!await storing)
            {
                return null;
            }
        }
        catch (Exception outage) when (IsNew(submission) && DatabaseFailure.IsOutage(outage))
        {
            if (await LeaveAsync(submission, keeping, outage.GetType().Name, DatabaseFailure.CodeOf(outage)))
            {
                return StoredSubmission.New(submission);
            }

            throw;
        }
        catch (ProblemException untold) when (untold.Code is WhileAway.UnavailableCode or IntakeProblems.UnsureCode)
        {
            throw;
        }
        catch
        {
            await TakeBackAsync(submission, keeping);
            throw;
        }

        await tell.SoonAsync(keeping);
        opened.Journal?.Done(submission.Id.Value);
        return StoredSubmission.New(submission);
    }

    // By kept rows somebody may have been let in whose right the database knows to be gone.
    private async Task<bool> TryStoreAsync(NewSubmission submission) =>
        submission.AllowedAt is not null && (await belonging.RunAsync([submission], CancellationToken.None)).Count > 0
            ? throw AccessProblems.Denied()
            : await store.TryNewAsync(submission, CancellationToken.None);

    private async Task<StoredSubmission> StoreOnOtherAsync(NewSubmission submission, Task<bool> keeping)
    {
        StoredSubmission stored;
        try
        {
            stored = await store.RunOnOtherAsync(submission, CancellationToken.None);
        }
        catch (Exception outage) when (DatabaseFailure.IsOutage(outage))
        {
            await tell.TryTakeBackAsync(submission.Id.Value, keeping, isTakenBack: true);
            throw;
        }
        catch (Exception refused)
        {
            // Its sender is told so, and nobody may find it stored later.
            await TakeBackAsync(submission, keeping);
            if (refused is ProblemException { Code: SubmissionProblems.NotFoundCode } && await others.MayHaveAsync(CancellationToken.None))
            {
                // What it edits may wait in the journal of another server.
                throw IntakeProblems.Waits();
            }

            throw;
        }

        if (submission.DeprecatedId is not null)
        {
            await tell.SoonAsync(keeping);
            opened.Journal?.Done(submission.Id.Value);
            return stored;
        }

        // It was here before. Drained after a crash, it would bring back a file that somebody cleared meanwhile.
        if (!await tell.TryTakeBackAsync(submission.Id.Value, keeping, isTakenBack: stored.Taken is { Count: 0 }))
        {
            throw IntakeProblems.Unsure();
        }

        return stored;
    }

    // From here on it waits for the database. Whoever was told to send it again gets the same answer.
    private async Task<bool> LeaveAsync(NewSubmission submission, Task<bool> keeping, string outage, string? code)
    {
        left.Add(submission, keeping);
        var forgetting = ForgetUnlessKeptAsync(submission, keeping);
        if (!await TellJournal.BrieflyAsync(keeping))
        {
            return false;
        }

        await forgetting;

        LogLeft(log, outage, code);
        return true;
    }

    private async Task<ProblemException> WhyNotLeftAsync(NewSubmission submission, Task<bool> keeping) =>
        await tell.IsNowhereAsync(submission.Id.Value, keeping) ? WhileAway.Unavailable() : IntakeProblems.Unsure();

    // May end long after the request, when the disk hangs.
    private async Task ForgetUnlessKeptAsync(NewSubmission submission, Task<bool> keeping)
    {
        if (!await keeping)
        {
            left.Remove(InstanceKey.Of(submission), submission.Id.Value);
        }
    }

    private async Task TakeBackAsync(NewSubmission submission, Task<bool> keeping)
    {
        if (!await tell.TryTakeBackAsync(submission.Id.Value, keeping, isTakenBack: true))
        {
            throw IntakeProblems.Unsure();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "the database went away ({Failure} {Code}): a submission was acknowledged by the intake journal alone, and is stored when the database is back")]
    private static partial void LogLeft(ILogger log, string failure, string? code);
}
