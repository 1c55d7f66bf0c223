using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Kernel;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Health.Telling;

/// <summary>Sends alerts to webhooks in the background: tried again, less and less often, for a day.</summary>
internal sealed partial class CarryAlerts(DeliveryRows deliveries, RecipientRows recipients, HookCarrier hooks, TimeProvider clock, ILogger<CarryAlerts> log)
    : BackgroundRounds(TimeSpan.FromSeconds(5))
{
    private const int MostAtOnce = 50;

    private static readonly TimeSpan Claimed = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(1);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private static readonly TimeSpan[] Waits =
        [TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(3)];

    private DateTimeOffset _swept;

    /// <summary>Sends what is due; gives how many were taken.</summary>
    public async Task<int> SendDueAsync(CancellationToken cancellationToken)
    {
        var taken = 0;
        for (var round = 0; round < MostAtOnce; round++)
        {
            // One at a time, so that a slow one does not outlast the claim of the next.
            var now = clock.GetUtcNow();
            if (await deliveries.ClaimAsync(now, now + Claimed, cancellationToken) is not { } due)
            {
                break;
            }

            taken += await CarryAsync(due, cancellationToken) ? 1 : 0;
        }

        return taken;
    }

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        await SendDueAsync(cancellationToken);
        if (clock.GetUtcNow() - _swept > TimeSpan.FromHours(1))
        {
            _swept = clock.GetUtcNow();
            await deliveries.SweepAsync(_swept - Kept, cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    private async Task<bool> CarryAsync(Delivery due, CancellationToken cancellationToken)
    {
        var to = await recipients.FindAsync(null, due.RecipientId, cancellationToken);
        var error = to is { Place: { Secret: { } secret, Address: { Length: > 0 } address } }
            ? await hooks.SendAsync(address, secret, Encoding.UTF8.GetBytes(due.Body), cancellationToken)
            : "unreadable";
        var now = clock.GetUtcNow();
        if (error is null)
        {
            // It is gone; that must be noted whatever happens.
            await deliveries.NoteAsync(due.Id, null, now, now, CancellationToken.None);
            return true;
        }

        var isOver = now - due.CreatedAt >= GivenUpAfter;
        if (due.Tries == 1 || isOver)
        {
            LogNotTaken(log, due.RecipientId, error);
        }

        var wait = Waits[Math.Min(due.Tries, Waits.Length) - 1];
        await deliveries.NoteAsync(due.Id, error, now + wait, isOver ? now : null, cancellationToken);
        return false;
    }

    [LoggerMessage(1, LogLevel.Warning, "Alerts cannot be sent to webhooks at this moment ({Failure} {Code}); tried again.")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "Webhook {Recipient} did not take an alert: {Error}. See This server → Health.")]
    private static partial void LogNotTaken(ILogger log, long recipient, string error);
}
