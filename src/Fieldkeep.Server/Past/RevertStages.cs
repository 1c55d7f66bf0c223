using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Past;

/// <summary>
/// Makes the stages of a deployment those that an entry says it had before. A stage that was taken out since begins anew under its old name: who approved
/// there is put there again by hand, and what became final stays final.
/// </summary>
internal sealed class RevertStages(ReplaceStages replace, ChangeDeployment deployments)
{
    /// <summary>Does it.</summary>
    /// <exception cref="ProblemException"><c>change.not_revertible</c>, <c>change.nothing</c>, and what <see cref="ReplaceStages"/> refuses.</exception>
    public async Task RunAsync(Actor actor, ProjectRef project, string form, PastEntry entry, long? confirmFinal, CancellationToken cancellationToken)
    {
        if (entry.Before is not { } before || !before.TryGetProperty("stages", out var told) || told.ValueKind != JsonValueKind.Array
            || !long.TryParse(entry.SubjectId, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw PastProblems.NotRevertible(entry.Action, "the entry does not say what was before.");
        }

        var id = new DeploymentId(number);
        var now = (await deployments.GetChangeableAsync(actor, project, form, id, cancellationToken)).Stages;
        var wanted = told.EnumerateArray().Select(stage => Wanted(stage, now)).ToList();
        if (wanted.SequenceEqual(now.Select(stage => new WantedStage(stage.Id, stage.Name, stage.MinApprovals, stage.PreventEditing))))
        {
            throw PastProblems.Nothing();
        }

        await replace.RunAsync(actor, project, form, id, wanted, confirmFinal, cancellationToken);
    }

    private static WantedStage Wanted(JsonElement told, IReadOnlyList<DeploymentStage> now)
    {
        var id = Things.NumberOf(told, "id");
        return new WantedStage(
            now.FirstOrDefault(stage => stage.Id.Value == id)?.Id,
            Things.TextOf(told, "name"),
            (int)(Things.NumberOf(told, "minApprovals") ?? 1),
            Things.TextOf(told, "preventEditing") == bool.TrueString);
    }
}
