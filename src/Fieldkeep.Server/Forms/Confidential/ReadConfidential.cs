using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Forms.Confidential;

/// <summary>Which questions of a form are confidential and why, and what was set beside it.</summary>
/// <param name="Plan">What counts now in the version asked for.</param>
/// <param name="Lines">What was set beside the form: what counts now, and what will.</param>
/// <param name="Form">The version asked for.</param>
/// <param name="Splitting">Whether submissions of before the last change are still being changed to it; nobody sees more meanwhile.</param>
internal sealed record ConfidentialView(ConfidentialPlan Plan, IReadOnlyList<ConfidentialLine> Lines, XForm Form, bool Splitting);

/// <summary>Tells which questions of the draft or the current version of a form are confidential.</summary>
internal sealed class ReadConfidential(
    FormAccess access, FormQueries forms, FormCatalogue catalogue, ConfidentialFlags flags, Database.Db db)
{
    private const string Split = "select confidential_split from forms.forms where id = @form";

    /// <summary>Gives the plan of the current version; of the draft when asked for, or when nothing is published yet.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.no_draft</c>.
    /// </exception>
    public async Task<ConfidentialView> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, bool isDraft, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormRead, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        var version = (isDraft ? null : form.CurrentVersionId) ?? form.DraftVersionId ?? throw FormProblems.NoDraft(xmlFormId);
        var definition = await catalogue.GetDefinitionAsync(version, cancellationToken);
        return new ConfidentialView(
            definition.Confidential,
            await flags.ListAsync(project, form.Id, cancellationToken),
            definition.XForm,
            await db.GetAsync<int>(Split, new { form = form.Id }, cancellationToken) < definition.ConfidentialNumber);
    }
}
