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
        var most = alarm.Most;
        return Task.FromResult(
            failures >= most ? CheckOutcome.Failing("sign_in.guessing", words)
            : failures >= Math.Max(1, most / 3) ? CheckOutcome.Warning("sign_in.guessing", words)
            : CheckOutcome.Ok("sign_in.ok", words));
    }
}
