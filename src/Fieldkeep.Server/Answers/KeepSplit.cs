using System.Runtime.ExceptionServices;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Confidential;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Answers;

/// <summary>
/// Sees to it in the background that every stored version is split by what is confidential in its form now. Whoever reads meanwhile is shown
/// no more than they will be.
/// </summary>
internal sealed partial class KeepSplit(
    Db db, FormConfidence forms, FormCatalogue catalogue, ProjectRefs projects, SplitStored split, ILogger<KeepSplit> log) : BackgroundRounds(TimeSpan.FromSeconds(5))
{
    private const int VersionsAtOnce = 200;

    /// <inheritdoc/>
    protected override TimeSpan AfterFailure => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        var failed = new List<Exception>();
        foreach (var form in await forms.ListUnsplitAsync(cancellationToken))
        {
            try
            {
                if (await FindProjectAsync(form, cancellationToken) is { } project)
                {
                    await RunAsync(project, form, cancellationToken);
                }
            }
#pragma warning disable CA1031 // One form holds up no other: it is told when all were looked at.
            catch (Exception problem) when (problem is not OperationCanceledException)
#pragma warning restore CA1031
            {
                failed.Add(problem);
            }
        }

        if (failed.Count > 0)
        {
            ExceptionDispatchInfo.Throw(failed[0]);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    // None while it is in the trash: its forms are split when it comes back.
    private async Task<ProjectRef?> FindProjectAsync(UnsplitForm form, CancellationToken cancellationToken)
    {
        try
        {
            return await projects.GetRefAsync(new ProjectId(form.ProjectId), cancellationToken);
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    private async Task RunAsync(ProjectRef project, UnsplitForm form, CancellationToken cancellationToken)
    {
        // This process may still know the number of before.
        catalogue.ForgetConfidential();
        var after = new UnsplitVersion(Guid.Empty, -1);
        var hasChanged = form.IsSettled;
        while (true)
        {
            var page = await split.ListDueAsync(form, after, VersionsAtOnce, cancellationToken);
            foreach (var due in page)
            {
                hasChanged |= await split.RunAsync(project, new SubmissionId(due.SubmissionId), due.Version, cancellationToken);
                after = due;
            }

            if (page.Count < VersionsAtOnce)
            {
                // Gathered answers are of before: they are gathered anew. It is looked through once more until nothing can be on its way any more
                // that was split by the number of before.
                await using var tx = await db.BeginAsync(cancellationToken);
                if (hasChanged)
                {
                    await SegmentStore.EraseAsync(tx, form.Id, cancellationToken);
                }

                if (form.IsSettled)
                {
                    await FormConfidence.NoteSplitAsync(tx, form, cancellationToken);
                }

                await tx.CommitAsync(cancellationToken);
                return;
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "answers that became confidential are not all sealed apart yet ({Failure} {Code}); it is tried again in a minute")]
    private static partial void LogFailed(ILogger log, string failure, string? code);
}
