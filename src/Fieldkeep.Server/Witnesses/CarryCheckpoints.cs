using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Witnesses;

/// <summary>
/// Sends the newest signed checkpoint to whom it is due, in the background. What is not taken is tried again, sooner at first, and never given up:
/// a witness that hears nothing is shown to the operator until it hears or is taken off the list.
/// </summary>
internal sealed partial class CarryCheckpoints(
    Db db, WitnessRows rows, CheckpointLetter letters, CheckpointHook hooks, TimeProvider clock, ILogger<CarryCheckpoints> log)
    : BackgroundRounds(TimeSpan.FromSeconds(5))
{
    private const int MostAtOnce = 20;

    private static readonly TimeSpan Claimed = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan NothingYet = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan[] Waits =
        [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6)];

    /// <summary>Sends what is due; gives how many were taken.</summary>
    /// <param name="only">Only to this witness; null for any.</param>
    public async Task<int> SendDueAsync(long? only, CancellationToken cancellationToken)
    {
        var taken = 0;
        for (var round = 0; round < MostAtOnce; round++)
        {
            // One at a time, so that a slow one does not outlast the claim of the next.
            var now = clock.GetUtcNow();
            var due = await rows.ClaimAsync(only, 1, now, now + Claimed, cancellationToken);
            if (due is not [var witness])
            {
                break;
            }

            taken += await CarryAsync(witness, cancellationToken) ? 1 : 0;
        }

        return taken;
    }

    /// <inheritdoc/>
    protected override Task RoundAsync(CancellationToken cancellationToken) => SendDueAsync(null, cancellationToken);

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    private async Task<bool> CarryAsync(Witness witness, CancellationToken cancellationToken)
    {
        if (await Checkpoints.FindLastAsync(db, cancellationToken) is not { } newest)
        {
            await rows.NoteFailedAsync(witness.Id, "nothing_signed", clock.GetUtcNow() + NothingYet, cancellationToken);
            return false;
        }

        var error = witness.Kind == WitnessKind.Mail
            ? await letters.SendAsync(witness.Place, newest, cancellationToken)
            : await hooks.SendAsync(witness.Place, newest, cancellationToken);
        var now = clock.GetUtcNow();
        if (error is null)
        {
            // It is gone; that must be noted whatever happens.
            await rows.NoteArrivedAsync(witness.Id, newest.Size, now, now + PaceOf(witness.Every), CancellationToken.None);
            return true;
        }

        if (witness.Failures == 0)
        {
            LogNotTaken(log, witness.Id, WitnessRows.NameOf(witness.Kind), error);
        }

        var wait = Waits[Math.Min(witness.Failures, Waits.Length - 1)];
        await rows.NoteFailedAsync(witness.Id, error, now + (wait < PaceOf(witness.Every) ? wait : PaceOf(witness.Every)), cancellationToken);
        return false;
    }

    private static TimeSpan PaceOf(WitnessPace every) => every switch
    {
        WitnessPace.Hour => TimeSpan.FromHours(1),
        WitnessPace.Day => TimeSpan.FromDays(1),
        _ => TimeSpan.FromDays(7),
    };

    [LoggerMessage(1, LogLevel.Warning, "Checkpoints cannot be sent at this moment ({Failure}, {Code}); tried again.")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "Witness {Witness} ({Kind}) did not take a checkpoint: {Error}. It is tried again; see This server → Witnesses.")]
    private static partial void LogNotTaken(ILogger log, long witness, string kind, string error);
}
