using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle.People;
using Fieldkeep.Server.Lifecycle.Retention;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Recoveries;
using Fieldkeep.Server.Submissions.Recovering;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Recovery;

/// <summary>
/// A restored installation that runs for a moment, as whoever recovers a project reads it. It is opened with the keys of the living one, which remember
/// what was erased since: that goes here first.
/// </summary>
internal sealed class RecoverySource(
    Db db,
    Keyring keyring,
    KeptProjects projects,
    EraseAgain erase,
    FinishRewrites rewrite,
    RewriteRows rewrites,
    RetentionRows retention,
    HideAsNow hide,
    ReadRecoverableForms forms,
    ReadRecoverable submissions,
    HalfMadeCopies halfMade,
    IEnumerable<LeftByRecovery> left)
{
    /// <summary>Its forms.</summary>
    public ReadRecoverableForms Forms => forms;

    /// <summary>Its submissions.</summary>
    public ReadRecoverable Submissions => submissions;

    /// <summary>Finds a project of then, in the trash or not; null when there was none.</summary>
    public Task<KeptProject?> FindProjectAsync(ProjectId project, CancellationToken cancellationToken) => projects.FindAsync(project, cancellationToken);

    /// <summary>Refuses a project that is itself a copy which had not come to its end then.</summary>
    /// <exception cref="ProblemException"><c>recovery.half_made</c>.</exception>
    public Task RequireWholeAsync(KeptProject project, CancellationToken cancellationToken) => halfMade.RequireNotAsync(project.Id, cancellationToken);

    /// <summary>Hides in its forms what is confidential in the living project, before anything is read.</summary>
    public Task<HiddenAsNow> HideAsNowAsync(
        Actor actor, KeptProject project, DateTimeOffset asOf, IReadOnlyList<ConfidentialNow> now, CancellationToken cancellationToken) =>
        hide.RunAsync(actor, project.Ref, asOf, now, cancellationToken);

    /// <summary>Lists the rules of retention that a project had.</summary>
    public Task<IReadOnlyList<RetentionRule>> ListRulesAsync(ProjectId project, CancellationToken cancellationToken) => retention.ListAsync(project, cancellationToken);

    /// <summary>Erases and rewrites again what was since; gives how many submissions of the project went.</summary>
    /// <exception cref="ProblemException"><c>recovery.not_rewritten</c>.</exception>
    public async Task<int> EraseAgainAsync(KeptProject project, CancellationToken cancellationToken)
    {
        var before = await submissions.CountAsync(project.Id, cancellationToken);
        await erase.RunAsync(cancellationToken);
        try
        {
            await rewrite.RunAsync(cancellationToken);
        }
        catch (AggregateException)
        {
            // Of some project. Those of this one have another turn, and what fails then ends it.
            foreach (var order in (await rewrites.ListUnfinishedAsync(cancellationToken)).Where(order => order.ProjectId == project.Id))
            {
                await rewrite.RunOneAsync(order.Id, cancellationToken);
            }
        }

        Guid[] orders = [.. keyring.RewriteOrders.Where(order => order.Project == project.KeyId).Select(order => order.Id)];
        if ((await rewrites.KnownAsync(orders, cancellationToken)).Count < orders.Distinct().Count())
        {
            throw RecoveryProblems.NotRewritten(project.Id);
        }

        return (int)(before - await submissions.CountAsync(project.Id, cancellationToken));
    }

    /// <summary>Lists submissions that still hold what was to be taken out, and why: held, edited or failed.</summary>
    public Task<IReadOnlyDictionary<SubmissionId, string>> ListUnrewrittenAsync(ProjectId project, CancellationToken cancellationToken) =>
        rewrites.ListUnrewrittenAsync(project, cancellationToken);

    /// <summary>Lists who some numbers were.</summary>
    public Task<IReadOnlyList<ActorThen>> ListActorsAsync(IEnumerable<ActorId> actors, CancellationToken cancellationToken) =>
        ActorsThen.ListAsync(db, actors, cancellationToken);

    /// <summary>Tells in sentences what of the project does not come along by its kind.</summary>
    public async Task<IReadOnlyList<string>> TellLeftAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var told = new List<string>();
        foreach (var kind in left)
        {
            if (await kind.ListAsync(db, project, cancellationToken) is { Count: > 0 } names)
            {
                told.Add($"{names.Count} {kind.What}: {string.Join(", ", names)}");
            }
        }

        if (await submissions.CountTestsAsync(project, cancellationToken) is > 0 and var tests)
        {
            told.Add($"{tests} tests of drafts");
        }

        return told;
    }
}
