using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Holding;

/// <summary>Finds a submission to be held, erased or purged, in the trash or not. Callers check access first.</summary>
internal sealed class HeldSubmissions(Db db, FormQueries forms, FindRowLimits limits)
{
    private const string Find = """
        select s.id from submissions.submissions s where s.form_id = @form and not s.is_draft and s.instance_id = @instance
        """ + VisibleRows.Limit;

    private const string Tests = "select count(*) from submissions.submissions where form_id = @form and is_draft";

    private const string Chosen = """
        select s.id, s.instance_id, s.form_id, s.deleted_at is not null as is_trashed from submissions.submissions s
        where s.project_id = @project and not s.is_draft and s.form_id = @form and s.instance_id = any (@instances)
        """ + VisibleRows.Limit + " order by s.id";

    /// <summary>Counts the test submissions of a form's draft.</summary>
    public static Task<long> CountTestsAsync(Sql sql, FormId form, CancellationToken cancellationToken) =>
        sql.GetAsync<long>(Tests, new { form }, cancellationToken);

    /// <summary>Gets one that the actor sees.</summary>
    /// <exception cref="ProblemException"><c>form.not_found</c>, <c>submission.not_found</c>.</exception>
    public async Task<SubmissionId> GetAsync(Actor actor, ProjectRef project, SubmissionPlace place, CancellationToken cancellationToken)
    {
        var form = await forms.FindIdAsync(project.Id, place.XmlFormId, cancellationToken) ?? throw FormProblems.NotFound(place.XmlFormId);
        var rows = await limits.OfAsync(actor, Permission.SubmissionRead, project.Id, form, cancellationToken);
        return await db.FindAsync<SubmissionId?>(
                VisibleRows.In(Find, rows), VisibleRows.Arguments(new { form, instance = place.InstanceId }, rows), cancellationToken)
            ?? throw SubmissionProblems.NotFound(place.InstanceId);
    }

    /// <summary>Lists some of a form; ids that there are none of, or none that the actor sees, are left out.</summary>
    public async Task<IReadOnlyList<ChosenSubmission>> ListAsync(
        Actor actor, ProjectRef project, string xmlFormId, IReadOnlyCollection<string> instances, CancellationToken cancellationToken)
    {
        var form = await forms.FindIdAsync(project.Id, xmlFormId, cancellationToken) ?? throw FormProblems.NotFound(xmlFormId);
        var rows = await limits.OfAsync(actor, Permission.SubmissionRead, project.Id, form, cancellationToken);
        return await db.ListAsync<ChosenSubmission>(
            VisibleRows.In(Chosen, rows),
            VisibleRows.Arguments(new { project = project.Id, form, instances = instances.ToArray() }, rows),
            cancellationToken);
    }
}

/// <summary>A submission that was chosen.</summary>
internal sealed record ChosenSubmission(SubmissionId Id, string InstanceId, FormId FormId, bool IsTrashed);
