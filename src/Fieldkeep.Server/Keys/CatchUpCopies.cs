using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Keys;

/// <summary>
/// Brings the newest keyring to backup directories that were away when it was changed, as soon as they are there again, and to its own places where
/// a disk was full: a new epoch or recovery key, destroyed keys, erased rows, removed accounts.
/// </summary>
internal sealed partial class CatchUpCopies(Keyring keyring, ILogger<CatchUpCopies> log) : BackgroundRounds(Every)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    // What was told of a copy that cannot be replaced; it is told again when something else is the matter.
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override TimeSpan First => Every;

    /// <inheritdoc/>
    protected override Task RoundAsync(CancellationToken cancellationToken)
    {
        keyring.Reload();
        foreach (var copy in keyring.CatchUp())
        {
            if (copy.Problem is not { } problem)
            {
                _told.Remove(copy.Path);
                LogReplaced(log, copy.Path);
            }
            else if (_told.GetValueOrDefault(copy.Path) != problem)
            {
                _told[copy.Path] = problem;
                LogOpen(log, copy.Path, problem);
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem is VaultException ? problem.Message : problem.GetType().Name);

    [LoggerMessage(1, LogLevel.Information, "the copy of the keyring at {Path} was older and is replaced")]
    private static partial void LogReplaced(ILogger log, string path);

    [LoggerMessage(2, LogLevel.Warning, "the copy of the keyring at {Path} is older and cannot be replaced: {Problem}")]
    private static partial void LogOpen(ILogger log, string path, string problem);

    [LoggerMessage(3, LogLevel.Error, "the copies of the keyring cannot be looked at: {Problem}")]
    private static partial void LogFailed(ILogger log, string problem);
}
