using Fieldkeep.Server.Accounts.Attempts;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether secrets are tried far more often than people mistype.</summary>
internal sealed class SignInCheck(AttemptAlarm alarm) : ICheck
{
    /// <inheritdoc/>
    public string Name => "sign_in";

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var failures = alarm.Failures;
        (string, object)[] words = [("count", failures), ("minutes", (int)AttemptAlarm.Window.TotalMinutes)];
        return Task.FromResult(failures switch
        {
            >= AttemptAlarm.MostFailures => CheckOutcome.Failing("sign_in.guessing", words),
            >= AttemptAlarm.MostFailures / 3 => CheckOutcome.Warning("sign_in.guessing", words),
            _ => CheckOutcome.Ok("sign_in.ok", words),
        });
    }
}
