using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Deployments;

/// <summary>Checks what people want a deployment to be.</summary>
internal static class CheckDeployment
{
    /// <summary>The most stages of one deployment.</summary>
    public const int MostStages = 20;

    /// <summary>Gives a name without the spaces around it.</summary>
    /// <exception cref="ProblemException"><c>deployment.name_invalid</c>.</exception>
    public static string Name(string? name) =>
        name?.Trim() is { Length: > 0 and <= 255 } trimmed && !trimmed.Any(char.IsControl) ? trimmed : throw DeploymentProblems.NameInvalid();

    /// <summary>Gives stages with their names trimmed.</summary>
    /// <exception cref="ProblemException"><c>deployment.name_invalid</c>, <c>deployment.stages_invalid</c>.</exception>
    public static IReadOnlyList<WantedStage> Stages(IReadOnlyList<WantedStage> stages)
    {
        var named = stages.Select(stage => stage.Id).OfType<StageId>().ToList();
        return stages.Count <= MostStages
            && stages.All(stage => stage.MinApprovals is >= 1 and <= 20)
            && named.Distinct().Count() == named.Count
            ? [.. stages.Select(stage => stage with { Name = Name(stage.Name) })]
            : throw DeploymentProblems.StagesInvalid(MostStages);
    }
}
