using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>
/// Finishes removals in the background when their grace is over, keeps the list of them in the keyring, and begins anew those that a
/// restore of an older backup forgot. May be killed at any point: the next round goes on.
/// </summary>
internal sealed partial class FinishRemovals(
    Db db,
    RemovalRows removals,
    BeginRemoval begin,
    EndedAccounts ended,
    RetiredAddresses retired,
    BuryAccount bury,
    CancelRemoval cancel,
    Policy policy,
    Suspensions suspensions,
    Keyring keyring,
    TimeProvider clock,
    LeaderLease leader,
    ILogger<FinishRemovals> log) : LeaderRounds(TimeSpan.FromSeconds(30), leader)
{
    private static readonly Actor Itself = Actor.System(Door.Job);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        // A keyring that cannot be written holds up nobody's removal.
        await TryAsync(() => CompareWithKeyringAsync(cancellationToken), cancellationToken);
        foreach (var lapsed in await removals.ListLapsedAsync(cancellationToken))
        {
            await TryAsync(() => cancel.LapseAsync(Itself, lapsed, cancellationToken), cancellationToken);
        }

        foreach (var removal in (await removals.ListUnfinishedAsync(cancellationToken)).Where(IsDue))
        {
            await TryAsync(() => BuryAsync(removal, cancellationToken), cancellationToken);
        }

        await retired.ForgetLapsedAsync(db, cancellationToken);
    }

    // Whoever took over an account may ask for its removal: one that was suspended has a week after that to cancel it.
    private async Task BuryAsync(RemovalRow removal, CancellationToken cancellationToken)
    {
        if (removal.State != "waiting" || !await suspensions.IsKeptAsync(removal.Account, cancellationToken))
        {
            await bury.RunAsync(Itself, removal, cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    // The keyring outlives a restore, and this database what a process that died did not tell the keyring: of the two the newer is right. The notes are
    // read first, so that no row is older than they are.
    private async Task CompareWithKeyringAsync(CancellationToken cancellationToken)
    {
        var notes = keyring.RemovalNotes.ToDictionary(note => note.Mark);
        var rows = (await removals.ListStandingAsync(cancellationToken)).ToDictionary(row => row.Mark);
        foreach (var row in rows.Values)
        {
            if (notes.GetValueOrDefault(row.Mark) is { } note && IsNewer(note, row))
            {
                await TryAsync(() => CatchUpAsync(row, note, cancellationToken), cancellationToken);
            }
            else if (notes.GetValueOrDefault(row.Mark)?.IsSameAs(row.ToNote()) != true)
            {
                keyring.NoteRemoval(row.ToNote());
            }
        }

        var again = notes.Values
            .Where(note => !note.IsCancelled && (!rows.TryGetValue(note.Mark, out var row) || (row.IsCancelled && IsNewer(note, row))))
            .ToDictionary(note => note.Mark, note => note.Due);
        if (again.Count > 0)
        {
            await RemoveAgainAsync(again, cancellationToken);
        }
    }

    // What the keyring knows better and could not be written here yet waits for the next round: nobody who has the account back loses it meanwhile.
    private bool IsDue(RemovalRow removal) => removal.State != "waiting" || !keyring.RemovalNotes.Any(note =>
        note.Mark == removal.Mark && (note.IsCancelled || note.Due > clock.GetUtcNow()) && IsNewer(note, removal.ToNote()));

    private static bool IsNewer(RemovalNote note, StandingRemoval row) => IsNewer(note, row.ToNote());

    // A note of before instants were noted is another removal's when its grace ends otherwise.
    private static bool IsNewer(RemovalNote note, RemovalNote known) => note.At is { } at
        ? at.ToUnixTimeMilliseconds() > known.At?.ToUnixTimeMilliseconds()
        : note.Due.ToUnixTimeSeconds() > known.Due.ToUnixTimeSeconds();

    // One that waits here was cancelled after this backup, perhaps begun anew; what is done stays done.
    private async Task CatchUpAsync(StandingRemoval row, RemovalNote note, CancellationToken cancellationToken)
    {
        if (row.State == "waiting" && note.IsCancelled)
        {
            if (await removals.FindAsync(row.Id, cancellationToken) is { } found)
            {
                await cancel.RepeatAsync(Itself, found, cancellationToken);
                LogGivenBack(log, row.ActorId);
            }
        }
        else if (row.State == "waiting")
        {
            await removals.RedateAsync(row.Id, note.Due, note.At ?? row.BegunAt ?? note.Due, cancellationToken);
        }
    }

    private async Task RemoveAgainAsync(Dictionary<Guid, DateTimeOffset> again, CancellationToken cancellationToken)
    {
        foreach (var account in await EndedAccounts.ListAsync(db, cancellationToken))
        {
            if (!again.TryGetValue(ended.MarkOf(account), out var due))
            {
                continue;
            }

            await using var tx = await db.BeginAsync(cancellationToken);
            var row = new NewRemoval(new ActorId(account.Id), ended.MarkOf(account), null, due, null, RemovalPlan.Empty, IsReplay: true);
            await removals.CancelAskedAsync(tx, row.Account, cancellationToken);
            if (await removals.InsertAsync(tx, Itself, row, cancellationToken) is not null)
            {
                await begin.EndAgainAsync(tx, Itself, account, due, cancellationToken);
                await tx.CommitAsync(cancellationToken);
                policy.Forget();
                await begin.ForgetAsync(new ActorId(account.Id));
                LogReplayed(log, account.Id);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "the removal of an account is not finished ({Failure} {Code}); it is tried again in half a minute")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "account {Account} was removed after this backup was made: it is removed again")]
    private static partial void LogReplayed(ILogger log, long account);

    [LoggerMessage(3, LogLevel.Warning, "the removal of account {Account} was cancelled after this backup was made: the account is given back again")]
    private static partial void LogGivenBack(ILogger log, long account);
}
