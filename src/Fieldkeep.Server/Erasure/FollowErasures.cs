using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Erasure;

/// <summary>
/// Looks every two seconds whether another process, such as the command line, erased a project, and drops from memory what was made with its
/// keys: the keys themselves are gone from here with the keyring that is read again.
/// </summary>
internal sealed partial class FollowErasures(Keyring keyring, ErasureRows rows, ForgetProject forget, ILogger<FollowErasures> log) : BackgroundRounds(TimeSpan.FromSeconds(2))
{
    private readonly HashSet<Guid> _known = [];
    private long _generation = -1;

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
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
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    [LoggerMessage(1, LogLevel.Error, "it is not known whether a project was erased elsewhere ({Failure} {Code}); it is looked again in two seconds")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
