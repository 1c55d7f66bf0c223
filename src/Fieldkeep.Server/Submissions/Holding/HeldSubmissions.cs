using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>Finds a submission to be held, erased or purged, in the trash or not. Callers check access first.</summary>
internal sealed class HeldSubmissions(Db db, FormQueries forms)
{
    private const string Find = """
        select id from submissions.submissions where form_id = @form and not is_draft and instance_id = @instance
        """;

    private const string Chosen = """
        select id, instance_id, form_id, deleted_at is not null as is_trashed from submissions.submissions
        where project_id = @project and not is_draft and form_id = @form and instance_id = any (@instances) order by id
        """;

    /// <summary>Gets one.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>, <c>submission.not_found</c>.</exception>
    public async Task<SubmissionId> GetAsync(ProjectRef project, SubmissionPlace place, CancellationToken cancellationToken)
    {
        var form = await forms.FindIdAsync(project.Id, place.XmlFormId, cancellationToken) ?? throw FormProblems.NotFound(place.XmlFormId);
        return await db.FindAsync<SubmissionId?>(Find, new { form, instance = place.InstanceId }, cancellationToken)
            ?? throw SubmissionProblems.NotFound(place.InstanceId);
    }

    /// <summary>Lists some of a form; ids that there are none of are left out.</summary>
    public async Task<IReadOnlyList<ChosenSubmission>> ListAsync(
        ProjectRef project, string xmlFormId, IReadOnlyCollection<string> instances, CancellationToken cancellationToken)
    {
        var form = await forms.FindIdAsync(project.Id, xmlFormId, cancellationToken) ?? throw FormProblems.NotFound(xmlFormId);
        return await db.ListAsync<ChosenSubmission>(Chosen, new { project = project.Id, form, instances = instances.ToArray() }, cancellationToken);
    }
}

/// <summary>A submission that was chosen.</summary>
internal sealed record ChosenSubmission(SubmissionId Id, string InstanceId, FormId FormId, bool IsTrashed);
