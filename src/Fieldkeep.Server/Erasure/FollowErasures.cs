using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Erasure;

/// <summary>
/// Looks every two seconds whether another process, such as the command line, erased a project, and drops from memory what was made with its
/// keys: the keys themselves are gone from here with the keyring that is read again.
/// </summary>
internal sealed partial class FollowErasures(Keyring keyring, ErasureRows rows, ForgetProject forget, ILogger<FollowErasures> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly HashSet<Guid> _known = [];
    private long _generation = -1;

    /// <summary>Looks once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        keyring.Reload();
        var generation = keyring.Generation;
        if (generation == _generation)
        {
            return;
        }

        foreach (var erased in keyring.ErasedProjects.Where(erased => !_known.Contains(erased.Project)).ToList())
        {
            // Null: a database from before the erasure; FinishErasures buries the project, and forgets it then.
            if (await rows.FindProjectAsync(erased.Project, cancellationToken) is { } project)
            {
                await forget.RunAsync(new ProjectId(project));
            }

            _known.Add(erased.Project);
        }

        _generation = generation;
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

    [LoggerMessage(1, LogLevel.Error, "it is not known whether a project was erased elsewhere ({Failure} {Code}); it is looked again in two seconds")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
