using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Past;

/// <summary>Tells what reverting a change would change, and what was changed since on the same thing. Changes nothing.</summary>
internal sealed class PreviewRevert(Policy policy, ReadRevertible read)
{
    /// <summary>Tells it of a change of a project.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>change.not_found</c>, <c>change.not_revertible</c>, <c>change.nothing</c>.
    /// </exception>
    public async Task<RevertPreview> OfProjectAsync(Actor actor, ProjectId project, long id, CancellationToken cancellationToken)
    {
        var preview = await RunAsync(await read.GetOfProjectAsync(actor, project, id, cancellationToken), cancellationToken);
        return await policy.HasAsync(actor, Permission.ProjectAssign, Scope.Of(project), cancellationToken) || !ListChanges.MayHoldAnswers(preview.Entry)
            ? preview
            : new RevertPreview(
                ListChanges.Bare(preview.Entry), null, null, preview.Newer is { } newer ? ListChanges.Bare(newer) : null);
    }

    /// <summary>Tells it of a change that belongs to no project.</summary>
    /// <exception cref="ProblemException">As <see cref="OfProjectAsync"/>.</exception>
    public async Task<RevertPreview> OfServerAsync(Actor actor, long id, CancellationToken cancellationToken) =>
        await RunAsync(await read.GetOfServerAsync(actor, id, cancellationToken), cancellationToken);

    private async Task<RevertPreview> RunAsync(RevertibleChange change, CancellationToken cancellationToken)
    {
        var newer = await read.FindNewerAsync(change, cancellationToken);
        var now = (newer ?? change.Entry).After;
        return ReadRevertible.IsSame(now, change.Entry.Before) ? throw PastProblems.Nothing() : new RevertPreview(change.Entry, now, change.Entry.Before, newer);
    }
}

/// <summary>What a revert would change.</summary>
/// <param name="Now">What stands now, as the newest entry on the thing tells it; null when it is not held or not there.</param>
/// <param name="Then">What would stand after.</param>
/// <param name="Newer">The newest change of the same thing since; null when there is none.</param>
internal sealed record RevertPreview(PastEntry Entry, JsonElement? Now, JsonElement? Then, PastEntry? Newer);
