using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Writes the stages of a deployment.</summary>
internal static class StageRows
{
    private const string Insert = """
        insert into deployments.stages (deployment_id, position, name, min_approvals, prevent_editing, created_at)
        values (@deployment, @position, @name, @min, @prevent, @now)
        returning id
        """;

    private const string Update = """
        update deployments.stages set position = @position, name = @name, min_approvals = @min, prevent_editing = @prevent
        where id = @id
        """;

    private const string End = "update deployments.stages set ended_at = @now where id = @id";

    /// <summary>Makes the stages those that are wanted, in their order; what is left out ends, with the roles held there.</summary>
    /// <exception cref="ProblemException"><c>deployment.stages_invalid</c>: one that is named is none of this deployment.</exception>
    public static async Task ReplaceAsync(
        Tx tx,
        Places places,
        DeploymentId deployment,
        IReadOnlyList<DeploymentStage> before,
        IReadOnlyList<WantedStage> wanted,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var kept = wanted.Select(stage => stage.Id).OfType<StageId>().ToHashSet();
        if (!kept.IsSubsetOf(before.Select(stage => stage.Id)))
        {
            throw DeploymentProblems.StagesInvalid(CheckDeployment.MostStages);
        }

        foreach (var stage in before.Where(stage => !kept.Contains(stage.Id)))
        {
            await tx.ExecuteAsync(End, new { id = stage.Id, now }, cancellationToken);
            await places.EndAsync(tx, Scope.Of(stage.Id), cancellationToken);
        }

        for (var position = 0; position < wanted.Count; position++)
        {
            var stage = wanted[position];
            var row = new { id = stage.Id, deployment, position, name = stage.Name, min = stage.MinApprovals, prevent = stage.PreventEditing, now };
            if (stage.Id is not { } id)
            {
                var made = new StageId(await tx.GetAsync<long>(Insert, row, cancellationToken));
                await places.AddAsync(tx, Scope.Of(made), Scope.Of(deployment), position, cancellationToken);
            }
            else
            {
                await tx.ExecuteAsync(Update, row, cancellationToken);
                await places.MoveAsync(tx, Scope.Of(id), Scope.Of(deployment), position, cancellationToken);
            }
        }
    }
}
