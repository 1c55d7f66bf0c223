using Fieldkeep.Server.Access;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions;

/// <summary>Lets someone pass to the submissions of a form, or refuses; the first step of everything that reads them.</summary>
internal sealed class FindSubmissions(FormAccess access, FormQueries forms, FindRowLimits limits)
{
    /// <summary>Gives the set once the actor may do with it what is asked, limited to what their roles reach.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>.</exception>
    public async Task<SubmissionSet> RunAsync(
        Actor actor,
        Permission permission,
        ProjectRef project,
        string xmlFormId,
        bool isDraft,
        CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, permission, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        return new SubmissionSet(
            project, form.Id, form.XmlFormId, isDraft, await limits.OfAsync(actor, permission, project.Id, form.Id, cancellationToken));
    }
}
