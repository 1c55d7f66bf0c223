using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Keys;

/// <summary>
/// Looks every few seconds whether another process changed the keyring, so that keys destroyed or replaced from the command line are out
/// of this server's memory at once, and not when it next misses one.
/// </summary>
internal sealed partial class KeepKeyringFresh(Keyring keyring, ILogger<KeepKeyringFresh> log) : BackgroundRounds(Every)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override TimeSpan First => Every;

    /// <inheritdoc/>
    protected override Task RoundAsync(CancellationToken cancellationToken)
    {
        keyring.Reload();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem is VaultException ? problem.Message : problem.GetType().Name);

    [LoggerMessage(1, LogLevel.Error, "the keyring cannot be read again: {Problem}")]
    private static partial void LogFailed(ILogger log, string problem);
}
