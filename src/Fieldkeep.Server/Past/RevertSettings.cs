using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Organisations.Units;
using Fieldkeep.Server.Submissions.Conditions;

namespace Fieldkeep.Server.Past;

/// <summary>Sets settings as an entry says they were before; each operation decides whether the actor may.</summary>
internal sealed class RevertSettings(
    UpdateProject project,
    ChangeForm forms,
    FormQueries allForms,
    PublicSettings server,
    ChangeDeployment deployments,
    RenameUnit rename,
    MoveUnit move,
    CreateRowCondition create,
    RemoveRowCondition remove,
    RevertStages stages,
    FactorRules factors)
{
    /// <summary>Does it.</summary>
    /// <param name="confirmFinal">How many submissions the actor knows to become final when stages go back; null for none.</param>
    /// <exception cref="ProblemException"><c>change.not_revertible</c>, and whatever the operation refuses.</exception>
    public async Task RunAsync(Actor actor, ProjectRef? of, PastEntry entry, long? confirmFinal, CancellationToken cancellationToken)
    {
        var before = entry.Before ?? default;
        switch (entry.Action)
        {
            case "project.update" when of is not null:
                await project.RunAsync(
                    actor,
                    of.Id,
                    new ProjectChange(Things.TextOf(before, "name"), Things.TextOf(before, "description"), Things.TextOf(before, "archived") == bool.TrueString),
                    cancellationToken);
                return;
            case "form.set_state" when of is not null && Enum.TryParse<FormState>(Things.TextOf(before, "state"), ignoreCase: true, out var state):
                await forms.SetStateAsync(actor, of, await FormOfAsync(of, entry, Number(entry.SubjectId), cancellationToken), state, cancellationToken);
                return;
            case "setting.set" when of is null:
                await (Things.TextOf(before, "value") is { Length: > 0 } json
                    ? server.SetAsync(actor, entry.SubjectId, json, cancellationToken)
                    : server.RemoveAsync(actor, entry.SubjectId, cancellationToken));
                return;
            case "deployment.change" or "deployment.open" or "deployment.close" when of is not null:
                await DeploymentAsync(actor, of, entry, before, cancellationToken);
                return;
            case "deployment.replace_stages" when of is not null:
                var form = await FormOfAsync(of, entry, Things.NumberOf(before, "form") ?? 0, cancellationToken);
                await stages.RunAsync(actor, of, form, entry, confirmFinal, cancellationToken);
                return;
            case "factor.rule" when of is null:
                await factors.SetAsync(
                    actor,
                    entry.SubjectKind == "unit" ? new UnitId(Number(entry.SubjectId)) : null,
                    Things.TextOf(before, "required") == bool.TrueString,
                    cancellationToken);
                return;
            case "unit.rename":
                await rename.RunAsync(actor, new UnitId(Number(entry.SubjectId)), Things.TextOf(before, "name"), cancellationToken);
                return;
            case "unit.move" when Things.NumberOf(before, "parent") is { } parent:
                await move.RunAsync(actor, new UnitId(Number(entry.SubjectId)), new UnitId(parent), cancellationToken);
                return;
            case "row_condition.create" or "row_condition.remove" when of is not null:
                await ConditionAsync(actor, of, entry, cancellationToken);
                return;
            default:
                throw PastProblems.NotRevertible(entry.Action, "the entry does not say what was before.");
        }
    }

    private async Task DeploymentAsync(Actor actor, ProjectRef of, PastEntry entry, JsonElement before, CancellationToken cancellationToken)
    {
        var options = before.TryGetProperty("options", out var told) ? told.Deserialize<DeploymentOptions>(JsonSerializerOptions.Web) : null;
        await deployments.RunAsync(
            actor,
            of,
            await FormOfAsync(of, entry, Things.NumberOf(before, "form") ?? 0, cancellationToken),
            new DeploymentId(Number(entry.SubjectId)),
            new DeploymentChange(Things.TextOf(before, "name"), Things.TextOf(before, "isActive") == bool.TrueString, options),
            cancellationToken);
    }

    private async Task ConditionAsync(Actor actor, ProjectRef of, PastEntry entry, CancellationToken cancellationToken)
    {
        var body = entry.Before ?? entry.After ?? default;
        var form = await FormOfAsync(of, entry, Things.NumberOf(body, "form") ?? 0, cancellationToken);
        if (entry.Action == "row_condition.create")
        {
            await remove.RunAsync(actor, of, form, Number(entry.SubjectId), cancellationToken);
            return;
        }

        if (!body.TryGetProperty("condition", out var condition))
        {
            throw PastProblems.NotRevertible(entry.Action, "a release before this one did not keep what the condition was.");
        }

        await create.RunAsync(actor, of, form, Things.TextOf(body, "name"), condition, cancellationToken);
    }

    private async Task<string> FormOfAsync(ProjectRef of, PastEntry entry, long form, CancellationToken cancellationToken) =>
        (await allForms.ListAsync(of.Id, cancellationToken)).FirstOrDefault(one => one.Id.Value == form)?.XmlFormId
            ?? throw PastProblems.NotRevertible(entry.Action, "its form is in the trash, or the entry does not name it.");

    private static long Number(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
