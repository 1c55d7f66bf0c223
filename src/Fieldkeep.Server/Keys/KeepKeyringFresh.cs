using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Keys;

/// <summary>
/// Looks every few seconds whether another process changed the keyring, so that keys destroyed or replaced from the command line are out
/// of this server's memory at once, and not when it next misses one.
/// </summary>
internal sealed partial class KeepKeyringFresh(Keyring keyring, ILogger<KeepKeyringFresh> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Every, stoppingToken).ContinueWith(
                _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            try
            {
                keyring.Reload();
            }
            catch (Exception problem) when (problem is VaultException or IOException or UnauthorizedAccessException)
            {
                LogFailed(log, problem.Message);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "the keyring cannot be read again: {Problem}")]
    private static partial void LogFailed(ILogger log, string problem);
}
