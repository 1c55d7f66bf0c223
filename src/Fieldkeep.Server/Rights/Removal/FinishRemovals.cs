using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Hosting;
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
    Policy policy,
    Keyring keyring,
    ILogger<FinishRemovals> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly Actor Itself = Actor.System(Door.Job);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Does one round.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await ReplayAsync(cancellationToken);
            await TellKeyringAsync(cancellationToken);
            foreach (var removal in await removals.ListUnfinishedAsync(cancellationToken))
            {
                await FinishOneAsync(removal, cancellationToken);
            }

            await retired.ForgetLapsedAsync(db, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _one.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
            }

            await Task.Delay(Every, stoppingToken).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    // What a process that died did not tell the keyring is told now.
    private async Task TellKeyringAsync(CancellationToken cancellationToken)
    {
        var noted = keyring.RemovedAccounts.ToDictionary(one => one.Mark, one => one.At);
        foreach (var one in await removals.ListStandingAsync(cancellationToken))
        {
            var isNoted = noted.TryGetValue(one.Mark, out var at);
            if (one.State == "cancelled" && isNoted)
            {
                keyring.ForgetRemoval(one.Mark);
            }
            else if (one.State != "cancelled" && one.DueAt is { } due && (!isNoted || at.ToUnixTimeSeconds() != due.ToUnixTimeSeconds()))
            {
                keyring.NoteRemoval(one.Mark, due);
            }
        }
    }

    // The keyring outlives a restore: whom it names and this database does not was removed after the backup.
    private async Task ReplayAsync(CancellationToken cancellationToken)
    {
        var noted = keyring.RemovedAccounts;
        if (noted.Count == 0)
        {
            return;
        }

        var known = (await removals.ListStandingAsync(cancellationToken)).Select(one => one.Mark).ToHashSet();
        var strange = noted.Where(one => !known.Contains(one.Mark)).ToDictionary(one => one.Mark, one => one.At);
        if (strange.Count == 0)
        {
            return;
        }

        foreach (var account in await EndedAccounts.ListAsync(db, cancellationToken))
        {
            if (!strange.TryGetValue(ended.MarkOf(account), out var due))
            {
                continue;
            }

            await using var tx = await db.BeginAsync(cancellationToken);
            var row = new NewRemoval(new ActorId(account.Id), ended.MarkOf(account), null, due, null, RemovalPlan.Empty, IsReplay: true);
            if (await removals.InsertAsync(tx, Itself, row, cancellationToken) is not null)
            {
                await begin.EndAgainAsync(tx, Itself, account, due, cancellationToken);
                await tx.CommitAsync(cancellationToken);
                policy.Forget();
                LogReplayed(log, account.Id);
            }
        }
    }

    // One that fails keeps no other from its end.
    private async Task FinishOneAsync(RemovalRow removal, CancellationToken cancellationToken)
    {
        try
        {
            await bury.RunAsync(Itself, removal, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Nobody waits for it: it is told to the operator, and tried again.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));
        }
    }

    [LoggerMessage(1, LogLevel.Error, "the removal of an account is not finished ({Failure} {Code}); it is tried again in half a minute")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "account {Account} was removed after this backup was made: it is removed again")]
    private static partial void LogReplayed(ILogger log, long account);
}
