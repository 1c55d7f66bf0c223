using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>Lists what people said about a submission.</summary>
internal sealed class ListComments(FindSubmissions find, SubmissionQueries submissions, SubmissionComments comments)
{
    /// <summary>Lists the comments, newest first.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>submission.not_found</c>.
    /// </exception>
    public async Task<IReadOnlyList<SubmissionComment>> RunAsync(
        Actor actor, ProjectRef project, SubmissionPlace place, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, place.XmlFormId, place.IsDraft, cancellationToken);
        var row = await submissions.GetAsync(set, place.InstanceId, cancellationToken);
        return set.Rows.HidesProvenance ? [] : await comments.ListAsync(project, row.Id, cancellationToken);
    }
}
