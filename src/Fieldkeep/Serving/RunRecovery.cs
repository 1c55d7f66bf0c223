using Fieldkeep.Backup;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Serving;

/// <summary>Says what to recover and where from.</summary>
/// <param name="From">The backup directory, or one backup in it.</param>
/// <param name="To">The instant; <see cref="RestoreOptions.Latest"/> for all there is, null for the backup alone.</param>
/// <param name="Project">The project's number.</param>
/// <param name="Unit">The unit that the copy comes to; null for the project's own.</param>
internal sealed record WantedRecovery(string From, DateTimeOffset? To, ProjectId Project, UnitId? Unit, string? Reason);

/// <summary>Recovers a project: restores the installation into a scratch folder below the data directory, copies the project out of it, and removes it.</summary>
internal sealed class RunRecovery(string dataDirectory, Keyring keyring, RecoverProject recover, TimeProvider clock)
{
    /// <summary>Does it.</summary>
    /// <param name="progress">Receives sentences for the operator, without secrets.</param>
    /// <exception cref="BackupException">It could not be restored.</exception>
    /// <exception cref="ProblemException">Those of <see cref="RecoverProject"/>.</exception>
    public async Task<RecoveryReport> RunAsync(Actor actor, WantedRecovery wanted, IProgress<string> progress, CancellationToken cancellationToken)
    {
        await recover.RequireAsync(actor, wanted.Project, cancellationToken);
        RecoveryReport? report = null;
        try
        {
            await RestoreAsync();
        }
        catch (Exception problem) when (report is not null)
        {
            // Whoever believed that it failed would make another.
            progress.Report($"the copy {report.Project} is whole; what was restored to make it is left, or damaged: {problem.Message}");
            report = report.WithTroubleAfter(problem);
        }

        return report ?? throw new InvalidOperationException("Nobody looked at what was restored.");

        Task RestoreAsync() => RestoreScratch.RunAsync(
            wanted.From,
            wanted.To,
            Path.Combine(dataDirectory, RestoreScratch.Folder),
            keyring,
            async (restored, token) =>
            {
                await using var source = await RestoredServer.OpenAsync(restored, clock, token);
                report = await recover.RunAsync(actor, source.Get<RecoverySource>(), OrderOf(wanted, restored), progress, token);
                return new RestoreVerdict(true, 0, "a project was copied", []);
            },
            progress,
            clock,
            cancellationToken);
    }

    private static RecoveryOrder OrderOf(WantedRecovery wanted, RestoredInstallation restored) =>
        new(wanted.Project, restored.AsOf, restored.Backup, wanted.Unit) { Reason = wanted.Reason };
}
