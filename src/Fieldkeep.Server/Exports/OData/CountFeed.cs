using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Counts the rows of a table of a form's feed, for <c>…/Submissions/$count</c>.</summary>
internal sealed class CountFeed(Policy policy, FindSubmissions find, FormShapes shapes, FeedQueries queries, PagePlaces places, AuditLog audit, Db db)
{
    /// <summary>Counts all rows, or those of the submissions for which the filter holds.</summary>
    /// <param name="request">With <c>Top</c> 0: no row is read.</param>
    /// <exception cref="ProblemException">The problems of <see cref="ReadFeed"/>.</exception>
    public async Task<long> RunAsync(Actor actor, ProjectRef project, FeedRequest request, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionRead, project, request.XmlFormId, request.IsDraft, cancellationToken);
        await ReadFeed.RequireTakingOutAsync(actor, policy, set, cancellationToken);
        var shape = await shapes.GetAsync(set, allVersions: false, cancellationToken);
        var table = new ODataTables(shape.Tables).Find(request.Table) ?? throw ODataProblems.NotFound();
        var query = await queries.FindAsync(actor, set, table, request, cancellationToken);
        using var search = await places.BeginSearchAsync(actor, query is not null, cancellationToken);
        var count = await queries.CountAsync(set, query, cancellationToken);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent("submission.list", project.Id, "form", set.XmlFormId, $"the number of rows of {request.Table} as OData"),
            cancellationToken);
        return count;
    }
}
