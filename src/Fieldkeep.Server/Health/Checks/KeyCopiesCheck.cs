using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>
/// Looks whether every copy of the keyring is the newest, and whether somebody has to decide between two that went different ways. Without the newest, data cannot be
/// opened any more.
/// </summary>
internal sealed class KeyCopiesCheck(Keyring keyring) : ICheck
{
    /// <inheritdoc/>
    public string Name => "keys";

    /// <inheritdoc/>
    public TimeSpan Every => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken) => Task.FromResult(Look());

    private CheckOutcome Look()
    {
        if (keyring.IsForked)
        {
            return CheckOutcome.Failing("keys.forked");
        }

        // It may have keys that the keyring lacks, and opens what was erased since.
        if (keyring.FindAside() is [var aside, ..])
        {
            return CheckOutcome.Failing("keys.aside", ("path", aside));
        }

        var copies = keyring.LookAtCopies();
        if (copies.FirstOrDefault(copy => !copy.IsNewest).Path is { } lagging)
        {
            return CheckOutcome.Failing("keys.copy_lags", ("path", lagging));
        }

        if (!keyring.HasRecoveryKey)
        {
            return CheckOutcome.Warning("keys.no_recovery");
        }

        // Mounts are looked at by threads of their own, with a limit.
        var targets = keyring.LookAtTargets();
        return targets.FirstOrDefault(one => one.Look is { IsReached: true, IsNewest: false }).Target is { } behind
            ? CheckOutcome.Warning("keys.target_lags", ("path", behind.Directory))
            : CheckOutcome.Ok("keys.ok", ("copies", copies.Count + targets.Count(one => one.Look.IsReached)));
    }
}
