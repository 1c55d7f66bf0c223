using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Privacy;

namespace Fieldkeep.Server.Forms.Privacy;

/// <summary>Checks the draft or the current version of a form for what can hurt people, with the answers given to that.</summary>
internal sealed class ReadPrivacy(FormAccess access, FormQueries forms, FormCatalogue catalogue, PrivacyDecisions decisions)
{
    /// <summary>Gives the report of the draft, or of the current version.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.no_draft</c>, <c>form.not_published</c>.
    /// </exception>
    public async Task<PrivacyView> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, bool isDraft, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        var version = isDraft
            ? form.DraftVersionId ?? throw FormProblems.NoDraft(xmlFormId)
            : form.CurrentVersionId ?? throw FormProblems.NotPublished(xmlFormId);
        var definition = await catalogue.GetDefinitionAsync(version, cancellationToken);
        return new PrivacyView(
            PrivacyCheck.Run(definition.XForm, definition.Confidential), definition.XForm, await decisions.ListAsync(project, form.Id, cancellationToken));
    }
}
