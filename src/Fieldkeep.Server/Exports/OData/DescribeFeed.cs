using Fieldkeep.Server.Access;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Gives the tables of a form's feed, for its service and metadata documents.</summary>
internal sealed class DescribeFeed(FindSubmissions find, FormShapes shapes)
{
    /// <summary>Gives the tables of the version that counts, or of the draft.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>, <c>form.no_draft</c>.
    /// </exception>
    public async Task<ODataTables> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, bool isDraft, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionRead, project, xmlFormId, isDraft, cancellationToken);
        return new ODataTables((await shapes.GetAsync(set, allVersions: false, cancellationToken)).Tables);
    }
}
