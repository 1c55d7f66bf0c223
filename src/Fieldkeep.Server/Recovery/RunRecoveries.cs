using Fieldkeep.Backup;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Recoveries;
using Fieldkeep.Vault;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Recovery;

/// <summary>Recovers what operators asked for, one after the other: restores the backup beside the living server, and copies the project out of it.</summary>
internal sealed partial class RunRecoveries(
    ServerSettings settings, RecoveryRows rows, RecoverProject recover, KeptProjects projects, RunningRecovery running, ILogger<RunRecoveries> log) : BackgroundRounds(TimeSpan.FromSeconds(2))
{
    private static readonly TimeSpan EachStep = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MostSilence = TimeSpan.FromHours(12);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (settings.Aside is not { } aside)
        {
            return;
        }

        await rows.EndLeftAsync(isIdle: true, cancellationToken);
        while (await rows.BeginAsync(cancellationToken) is { } asked)
        {
            await RunAsync(aside, asked, cancellationToken);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    private async Task RunAsync(AsideRestores aside, AskedRecovery asked, CancellationToken cancellationToken)
    {
        RecoveryReport report;
        try
        {
            report = await CopyAsync(aside, asked, cancellationToken);
        }
#pragma warning disable CA1031 // Whatever it is: whoever asked for it must see that it failed.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            var (code, words) = cancellationToken.IsCancellationRequested ? ("recovery.stopped", "The server stopped meanwhile. Recover the project again.") : WordsOf(problem);
            await rows.NoteFailedAsync(asked.Id, code, words, CancellationToken.None);
            LogNotRecovered(log, asked.ProjectId, code, problem.GetType().Name);
            cancellationToken.ThrowIfCancellationRequested();
            return;
        }
        finally
        {
            running.Forget();
        }

        // What cannot be noted fails the round, and the next says so: it is no recovery that failed.
        if (await projects.FindAsync(new ProjectId(report.Project), CancellationToken.None) is { } copy)
        {
            await rows.NoteDoneAsync(asked, copy.Ref, CountsOf(report), new ToldOfRecovery(report.Missing, report.Left), CancellationToken.None);
        }
        else
        {
            var gone = RecoveryProblems.Erased(new ProjectId(report.Project));
            await rows.NoteFailedAsync(asked.Id, gone.Code, gone.Message, CancellationToken.None);
        }
    }

    private async Task<RecoveryReport> CopyAsync(AsideRestores aside, AskedRecovery asked, CancellationToken cancellationToken)
    {
        var (actor, project) = (Actor.System(Door.Job), new ProjectId(asked.ProjectId));
        var progress = new Told(log);
        await recover.RequireAsync(actor, project, cancellationToken);
        RecoveryReport? report = null;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stepping = StepAsync(ended.Token);
        try
        {
            await RestoreAsync();
        }
        catch (Exception problem) when (report is not null)
        {
            // The copy is whole and open: whoever believed that it failed would make another.
            LogLeft(log, report.Project, problem.GetType().Name);
            report = report.WithTroubleAfter(problem);
        }
        finally
        {
            await ended.CancelAsync();
            await stepping;
        }

        return report ?? throw new InvalidOperationException("Nobody looked at what was restored.");

        Task RestoreAsync() => aside.RunAsync(
            asked.Wanted ?? RestoreOptions.Latest,
            async (parts, restored, token) =>
            {
                await rows.NoteCopyingAsync(asked.Id, restored.Backup, restored.AsOf, token);
                var order = new RecoveryOrder(project, restored.AsOf, restored.Backup, asked.UnitId is { } unit ? new UnitId(unit) : null)
                {
                    Count = soon => running.Note(asked.Id, soon),
                    Asked = asked.Id,
                };
                report = await recover.RunAsync(actor, parts.GetRequiredService<RecoverySource>(), order, progress, token);
            },
            new Steps(),
            cancellationToken);
    }

    // To verify or replay a large backup takes hours without a word. Longer than this it hangs.
    private static async Task StepAsync(CancellationToken ended)
    {
        for (var passed = TimeSpan.Zero; passed < MostSilence && !ended.IsCancellationRequested; passed += EachStep)
        {
            RoundWatch.Step();
            await Task.Delay(EachStep, ended).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static RecoveryCounts CountsOf(RecoveryReport report) => new(
        report.Forms, report.FormVersions, report.Submissions, report.SubmissionVersions, report.Files, report.Comments, report.Rules, report.Compared,
        report.Erased, report.Missing.Count, report.Left.Count);

    // Sentences of these carry no secret and no answers; of others nobody knows.
    private static (string Code, string Words) WordsOf(Exception problem) => problem switch
    {
        ProblemException refused => (refused.Code, refused.Message),
        BackupException backup => ("recovery.not_restorable", $"{backup.Message}; {backup.Hint}"),
        ClusterException cluster => ("recovery.not_restorable", $"{cluster.Message}; {cluster.Hint}"),
        VaultException vault => ("recovery.not_restorable", vault.Message),
        _ => ("recovery.failed", $"It failed ({problem.GetType().Name}). The log of the server may tell more; try again."),
    };

    [LoggerMessage(1, LogLevel.Error, "whether a recovery was asked for is not known ({Failure} {Code}); it is looked again soon")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(2, LogLevel.Warning, "project {Project} was not recovered: {Code} ({Failure})")]
    private static partial void LogNotRecovered(ILogger log, long project, string code, string failure);

    [LoggerMessage(3, LogLevel.Warning, "the copy {Project} is whole; what was restored beside the server to make it is left, or damaged ({Failure}): the next start removes it")]
    private static partial void LogLeft(ILogger log, long project, string failure);

    [LoggerMessage(4, LogLevel.Information, "{What}")]
    private static partial void LogTold(ILogger log, string what);

    /// <summary>Takes what is told of the copy: nobody stands by who would read it elsewhere.</summary>
    private sealed class Told(ILogger log) : IProgress<string>
    {
        public void Report(string value)
        {
            RoundWatch.Step();
            LogTold(log, value);
        }
    }

    /// <summary>Takes what is told of the restore, which stands in the log already: a step further.</summary>
    private sealed class Steps : IProgress<string>
    {
        public void Report(string value) => RoundWatch.Step();
    }
}
