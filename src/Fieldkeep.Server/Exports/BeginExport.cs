using Fieldkeep.Server.Access;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports;

/// <summary>What someone wants of a form's submissions.</summary>
internal sealed record WantedExport(
    ProjectRef Project, string XmlFormId, bool IsDraft, RowSelection Selection, ExportOptions Options);

/// <summary>Checks and lays out an export that someone wants.</summary>
internal sealed class BeginExport(FindSubmissions find, PrepareExport prepare)
{
    /// <summary>Gives the export, of which nothing is written yet.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>export.unknown_review_state</c>, <c>export.bad_range</c>, and those of
    /// <see cref="PrepareExport"/>, a filter's problems when it is counted.
    /// </exception>
    public async Task<PreparedExport> RunAsync(
        Actor actor, WantedExport wanted, FindNames names, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionExport, wanted.Project, wanted.XmlFormId, wanted.IsDraft, cancellationToken);
        var request = new ExportRequest(set, wanted.Options, names, wanted.Selection.ToFilter());
        return await prepare.RunAsync(request, cancellationToken);
    }
}
