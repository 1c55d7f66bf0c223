using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Receiving;

/// <summary>Says who may send a submission: before its form is known, so that a stranger's parts are not read, and once more when it is.</summary>
internal sealed class MaySend(Policy policy, FormCatalogue catalogue)
{
    /// <summary>Requires that somebody may send what it is said to be to the project, or to some form of it.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RequireAsync(Actor actor, SubmissionTarget target, CancellationToken cancellationToken)
    {
        if (target is { IsDraft: true, XmlFormId: { } named }
            && await catalogue.FindAsync(target.Project.Id, named, cancellationToken) is { } tested)
        {
            await policy.RequireAtDraftAsync(actor, Permission.SubmissionCreate, target.Project.Id, tested.Id, cancellationToken);
            return;
        }

        if (await policy.HasAsync(actor, Permission.SubmissionCreate, Scope.Of(target.Project.Id), cancellationToken))
        {
            return;
        }

        // Whoever fills in single forms of this project is asked again when the form is known.
        var single = (await policy.ScopesWithAsync(actor, Permission.SubmissionCreate, cancellationToken)).Forms;
        if (target.Intent == SubmissionIntent.Edit)
        {
            single = [.. single, .. (await policy.ScopesWithAsync(actor, Permission.SubmissionUpdate, cancellationToken)).Forms];
        }

        if (!await catalogue.HasAnyAsync(target.Project.Id, single, cancellationToken))
        {
            await policy.RequireAsync(
                actor, Permission.SubmissionCreate, Scope.Of(target.Project.Id), cancellationToken);
        }
    }

    /// <summary>Requires that somebody may send it to its form.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>.</exception>
    public async Task RequireAsync(Actor actor, SubmissionTarget target, FormId form, CancellationToken cancellationToken)
    {
        // Approvers and managers of deployments correct what others sent, and send nothing themselves.
        if (target.Intent == SubmissionIntent.Edit
            && await policy.HasAsync(actor, Permission.SubmissionUpdate, target.Project.Id, form, cancellationToken))
        {
            return;
        }

        await (target.IsDraft
            ? policy.RequireAtDraftAsync(actor, Permission.SubmissionCreate, target.Project.Id, form, cancellationToken)
            : policy.RequireAsync(actor, Permission.SubmissionCreate, target.Project.Id, form, cancellationToken));
    }
}
