using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Deployments.Stages;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Stages;

/// <summary>
/// Changes the list of stages of a deployment. Submissions stay at their stage, wherever it is in the list; those of a stage that is
/// taken out wait at the next that is left, or become final, which whoever changes it confirms.
/// </summary>
internal sealed class ReplaceStages(
    Db db, Policy policy, Places places, ChangeDeployment deployments, DeploymentCatalogue catalogue, DeploymentBooks books, StageMoves moves, TimeProvider clock)
{
    private const int MovedAtOnce = 256;

    private const string Waiting = """
        select id from submissions.submissions
        where deployment_id = @deployment and state = 'pending' and stage_id = any (@gone)
        order by id
        for update
        """;

    private const string Count = """
        select count(*) from submissions.submissions
        where deployment_id = @deployment and state = 'pending' and stage_id = any (@gone)
        """;

    /// <summary>Changes the list and gives the deployment.</summary>
    /// <param name="confirmFinal">How many submissions the caller knows to become final; null for none.</param>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>deployment.not_found</c>, <c>deployment.name_invalid</c>,
    /// <c>deployment.stages_invalid</c>, <c>deployment.confirm_final</c>.
    /// </exception>
    public async Task<Deployment> RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        DeploymentId id,
        IReadOnlyList<WantedStage> wanted,
        long? confirmFinal,
        CancellationToken cancellationToken)
    {
        var form = (await deployments.GetChangeableAsync(actor, project, xmlFormId, id, cancellationToken)).Form;
        var stages = CheckDeployment.Stages(wanted);
        await using var tx = await db.BeginAsync(cancellationToken);
        var before = await DeploymentRows.LockAsync(tx, id, cancellationToken) ?? throw DeploymentProblems.NotFound();
        var order = before.Stages.Select(stage => stage.Id).ToList();
        var kept = stages.Select(stage => stage.Id).OfType<StageId>().ToHashSet();

        // With nothing left behind a stage, what waits there has passed.
        var passing = order.Where(stage => !kept.Contains(stage) && !order.SkipWhile(one => one != stage).Skip(1).Any(kept.Contains)).ToList();
        var final = await tx.GetAsync<long>(Count, new { deployment = id, gone = Numbers(passing) }, cancellationToken);
        if (final != (confirmFinal ?? 0))
        {
            throw DeploymentProblems.ConfirmFinal(final);
        }

        await StageRows.ReplaceAsync(tx, places, id, before.Stages, stages, clock.GetUtcNow(), cancellationToken);
        var after = await DeploymentRows.LockAsync(tx, id, cancellationToken) ?? throw DeploymentProblems.NotFound();
        await MoveWaitingAsync(tx, actor, project, before, after, cancellationToken);
        await books.AppendAsync(
            tx,
            actor,
            project,
            "deployment.replace_stages",
            id,
            DeploymentBooks.StateOf(before),
            DeploymentBooks.StateOf(after),
            $"{before.Stages.Count} → {after.Stages.Count} stages, {final} final",
            cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        return await catalogue.GetAsync(form, id, cancellationToken);
    }

    private async Task MoveWaitingAsync(
        Tx tx, Actor actor, ProjectRef project, Deployment before, Deployment after, CancellationToken cancellationToken)
    {
        var order = before.Stages.Select(stage => stage.Id).ToList();
        var gone = order.Where(stage => after.Rules.PlaceOf(stage) < 0).ToList();
        var ids = gone.Count == 0
            ? []
            : await tx.ListAsync<Guid>(Waiting, new { deployment = before.Id, gone = Numbers(gone) }, cancellationToken);
        foreach (var some in ids.Chunk(MovedAtOnce))
        {
            var standing = await StandingRows.ListAsync(tx, some, cancellationToken);
            await moves.RelistAsync(
                tx, actor, project, before, [.. standing.Select(at => (at, StageMachine.Relisted(at.Standing, order, after.Rules)))], cancellationToken);
        }
    }

    private static long[] Numbers(IEnumerable<StageId> stages) => [.. stages.Select(stage => stage.Value)];
}
