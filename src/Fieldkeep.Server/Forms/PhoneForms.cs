using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms;

/// <summary>A form as a phone's list shows it.</summary>
/// <param name="XmlFormId">Its id.</param>
/// <param name="Title">Its title.</param>
/// <param name="Version">Its version, maybe empty.</param>
/// <param name="Md5">MD5 of the XForm's UTF-8 bytes, hexadecimal.</param>
/// <param name="HasFiles">Whether the phone must fetch files with it.</param>
internal sealed record PhoneForm(string XmlFormId, string Title, string Version, string Md5, bool HasFiles);

/// <summary>The draft that a test address opens.</summary>
internal readonly record struct PhoneDraft(FormId Form, FormVersionId Version);

/// <summary>What phones may see of forms: the open, published ones, their XForms and their files.</summary>
internal sealed class PhoneForms(Db db, Policy policy, FormQueries forms, DraftTokens tokens)
{
    private const string Listed = """
        select f.xml_form_id, v.title, v.version, md5(v.xform) as md5,
               exists (select from forms.attachments a where a.version_id = v.id and a.blob is not null) as has_files
        from forms.forms f join forms.versions v on v.id = f.current_version_id
        where f.project_id = @project and f.deleted_at is null and f.state = 'open' and (@all or f.id = any (@only))
        order by f.xml_form_id
        """;

    private const string OneVersion = """
        select f.xml_form_id, v.title, v.version, md5(v.xform) as md5,
               exists (select from forms.attachments a where a.version_id = v.id and a.blob is not null) as has_files
        from forms.versions v join forms.forms f on f.id = v.form_id where v.id = @version
        """;

    /// <summary>Lists the forms that a phone may download: all of the project, those it was given, or that of its public link.</summary>
    /// <param name="isOwn">Whether the caller came by a token of this project, and may know of it without having been given a form.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>project.suspended</c>.</exception>
    public async Task<IReadOnlyList<PhoneForm>> ListAsync(
        Actor actor, ProjectId project, bool isOwn, CancellationToken cancellationToken)
    {
        var scopes = await policy.ScopesWithAsync(actor, Permission.FormDownload, cancellationToken);
        var (all, only) = (scopes.Covers(project), scopes.Forms.ToArray());
        var listed = await db.ListAsync<PhoneForm>(Listed, new { project, all, only }, cancellationToken);
        if (listed.Count == 0 && !isOwn)
        {
            await policy.RequireAsync(actor, Permission.FormDownload, Scope.Of(project), cancellationToken);
        }

        // Never an empty list: phones that follow the server's list would delete their forms.
        await policy.RequireGoingOnAsync(project, cancellationToken);

        return listed;
    }

    /// <summary>Describes one version as the list does.</summary>
    public Task<PhoneForm> DescribeAsync(FormVersionId version, CancellationToken cancellationToken) =>
        db.GetAsync<PhoneForm>(OneVersion, new { version }, cancellationToken);

    /// <summary>Gives the current version of a form that phones may download; closing forms too, closed ones not.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>.</exception>
    public async Task<FormVersionId> GetCurrentAsync(
        Actor actor, ProjectId project, string xmlFormId, CancellationToken cancellationToken)
    {
        var form = await forms.FindAsync(project, xmlFormId, cancellationToken);
        await RequireAsync(actor, project, form, cancellationToken);
        if (form is null)
        {
            throw FormProblems.NotFound(xmlFormId);
        }

        // Nobody fills in a closed form; who reads the form itself still sees what it was.
        if (form.State == "closed" && !await policy.HasAsync(actor, Permission.FormRead, project, form.Id, cancellationToken))
        {
            throw FormProblems.NotFound(xmlFormId);
        }

        return form.CurrentVersionId ?? throw FormProblems.NotPublished(xmlFormId);
    }

    // Who fills in single forms learns as little of the others as of forms that do not exist. Of a suspended project, whoever reads the form itself takes it along.
    private async Task RequireAsync(Actor actor, ProjectId project, Form? form, CancellationToken cancellationToken)
    {
        if (form is null)
        {
            await policy.RequireAsync(actor, Permission.FormDownload, Scope.Of(project), cancellationToken);
            return;
        }

        var isReader = (await policy.DecideAsync(actor, Permission.FormDownload, project, form.Id, cancellationToken)).Suspended is not null
            && await policy.HasAsync(actor, Permission.FormRead, project, form.Id, cancellationToken);
        if (!isReader)
        {
            await policy.RequireAsync(actor, Permission.FormDownload, project, form.Id, cancellationToken);
        }
    }

    /// <summary>Gives the draft that a test address opens; the token in the address is what allows it.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>: also for a wrong token, so that nothing is told.</exception>
    public async Task<PhoneDraft> GetDraftAsync(
        ProjectId project, string xmlFormId, string token, CancellationToken cancellationToken)
    {
        var form = await forms.FindAsync(project, xmlFormId, cancellationToken);
        if (form?.DraftVersionId is not { } draft || !tokens.Matches(draft, token))
        {
            throw FormProblems.NotFound(xmlFormId);
        }

        await policy.RequireGoingOnAsync(project, cancellationToken);
        return new PhoneDraft(form.Id, draft);
    }
}
