using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Media;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.XForms.Sheets;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports;

/// <summary>An export of which everything is known but the submissions.</summary>
/// <param name="Flat">The tables as columns, by index; null for those of which nothing is wanted.</param>
internal sealed record PreparedExport(ExportRequest Request, FormShape Shape, ColumnOptions Columns, IReadOnlyList<FlatTable?> Flat)
{
    /// <summary>The tables that are wanted.</summary>
    public IEnumerable<FlatTable> Tables => Flat.OfType<FlatTable>();

    /// <summary>What a table is called in files: the form's id, with the repeat's name behind it.</summary>
    public string NameOf(FlatTable table) =>
        table.Table.Parent is null ? Request.Set.XmlFormId : $"{Request.Set.XmlFormId}-{table.Table.Name}";
}

/// <summary>Lays an export out, and refuses what its form does not have, before anything is written. The caller checked access.</summary>
internal sealed class PrepareExport(FormShapes shapes, ProjectQueries projects)
{
    /// <summary>Gives the layout.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.not_found</c>, <c>form.not_found</c>, <c>form.not_published</c>, <c>form.no_draft</c>,
    /// <c>export.unknown_column</c>, <c>export.unknown_language</c>, <c>export.no_geometry</c>, <c>export.too_many_columns</c>, <c>export.bad_media_names</c>.
    /// </exception>
    public async Task<PreparedExport> RunAsync(ExportRequest request, CancellationToken cancellationToken)
    {
        // It may have waited for its turn since the project was found.
        await projects.GetRefAsync(request.Set.Project.Id, cancellationToken);
        var options = request.Options;
        var shape = await shapes.GetAsync(request.Set, options.DeletedFields, cancellationToken);
        RequireColumns(options, shape.Tables);
        RequireLanguage(options, shape);
        MediaPattern.Require(options.MediaNames);
        var columns = options.ToColumns(shape.Newest.DefaultLanguage);
        var prepared = new PreparedExport(request, shape, columns, FlatTable.Of(shape.Tables, columns));
        if (options.Format is ExportFormat.GeoJson or ExportFormat.Kml)
        {
            RequireGeometry(options, prepared);
        }

        if (options.Format == ExportFormat.Xlsx && prepared.Tables.FirstOrDefault(table => table.Columns.Count > XlsxWriter.MaxColumns) is { } wide)
        {
            throw ExportProblems.TooManyColumns(wide.Table.Name, wide.Columns.Count, XlsxWriter.MaxColumns);
        }

        return prepared;
    }

    private static void RequireColumns(ExportOptions options, FormTables tables)
    {
        foreach (var column in options.Columns ?? [])
        {
            var isKnown = FlatFacts.Names.Contains(column, StringComparer.Ordinal)
                || tables.Tables.SelectMany(table => table.Columns)
                    .Any(one => one.Path == column || one.Path.StartsWith(column + "/", StringComparison.Ordinal));
            if (!isKnown)
            {
                throw ExportProblems.UnknownColumn(column);
            }
        }
    }

    private static void RequireLanguage(ExportOptions options, FormShape shape)
    {
        if (options.Language is { } language && !shape.Newest.Languages.Contains(language, StringComparer.Ordinal))
        {
            throw ExportProblems.UnknownLanguage(language, shape.Newest.Languages);
        }
    }

    private static void RequireGeometry(ExportOptions options, PreparedExport prepared)
    {
        if (!prepared.Tables.SelectMany(table => GeoRows.GeometriesOf(table, options.Geometry)).Any())
        {
            throw ExportProblems.NoGeometry(options.Geometry);
        }
    }
}
