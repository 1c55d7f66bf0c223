using System.Collections.Immutable;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Maps;

/// <summary>Which places of a form's submissions are asked for.</summary>
/// <param name="Paths">Paths below the root, such as <c>/who/place</c>; empty for each version's first place outside of repeats.</param>
/// <param name="Limit">Submissions to look at, newest first.</param>
/// <param name="Filter">What must hold, as OData's <c>$filter</c> is written; null for all.</param>
internal sealed record GeoRequest(string XmlFormId, bool IsDraft, IReadOnlyList<string> Paths, long Limit, string? Filter);

/// <summary>
/// Writes the places of a form's submissions as a GeoJSON FeatureCollection (RFC 7946), newest first. The export stands
/// in the audit book before anything leaves.
/// </summary>
internal sealed class ExportGeoJson(
    FindSubmissions find, FormQueries forms, FormCatalogue catalogue, ChosenRows chosen, SubmissionRows rows, AuditLog audit, Db db)
{
    /// <summary>Writes the collection to <paramref name="output"/>.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, and a filter's problems; nothing was written then.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, GeoRequest request, Stream output, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(
            actor, Permission.SubmissionExport, project, request.XmlFormId, request.IsDraft, cancellationToken);
        var fields = await FieldsOfAsync(set, cancellationToken);
        var options = new ExportOptions(GroupPaths: true, SplitSelectMultiples: false, Media: false, DeletedFields: true)
        {
            Format = ExportFormat.GeoJson,
        };
        var wanted = new ExportRequest(actor, set, options, NobodyAsync, request.Filter);
        await chosen.RequireAsync(wanted, cancellationToken);
        await audit.AppendAsync(
            db, actor, new AuditEvent("submission.export", project.Id, "form", set.XmlFormId, "geojson"), cancellationToken);
        await output.WriteAsync("""{"type":"FeatureCollection","features":["""u8.ToArray(), cancellationToken);
        var isFirst = true;
        await rows.StreamAsync(
            set,
            chosen.ReadAsync(wanted, request.Limit, cancellationToken),
            new SubmitterNames(NobodyAsync),
            () => new GeoJsonRowFormat(fields, request.Paths),
            async (block, token) =>
            {
                var written = block.Tables[0].Written;
                if (!written.IsEmpty)
                {
                    // Each feature begins with a comma, which the first of all must not have.
                    await output.WriteAsync(written[(isFirst ? 1 : 0)..], token);
                    isFirst = false;
                }
            },
            cancellationToken);
        await output.WriteAsync("]}"u8.ToArray(), cancellationToken);
    }

    private async Task<IReadOnlyDictionary<FormVersionId, GeoFields>> FieldsOfAsync(
        SubmissionSet set, CancellationToken cancellationToken)
    {
        var form = await forms.GetAsync(set.Project.Id, set.XmlFormId, cancellationToken);
        var versions = set.IsDraft
            ? form.DraftVersionId is { } draft ? [draft] : []
            : (await forms.ListVersionsAsync(form.Id, cancellationToken)).Select(version => version.Id);
        var fields = new Dictionary<FormVersionId, GeoFields>();
        foreach (var version in versions)
        {
            fields[version] = new GeoFields((await catalogue.GetDefinitionAsync(version, cancellationToken)).XForm);
        }

        return fields;
    }

    // Features do not tell who sent them.
    private static Task<IReadOnlyDictionary<long, string>> NobodyAsync(IEnumerable<long> ids, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<long, string>>(ImmutableDictionary<long, string>.Empty);
}
