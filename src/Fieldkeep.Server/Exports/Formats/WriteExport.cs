using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Media;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Confidential;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Writes an export in the format that was asked for. That it was made stands in the audit book before anything leaves.</summary>
internal sealed class WriteExport(
    CsvExport csv,
    XlsxExport xlsx,
    JsonExport json,
    MapExport map,
    SavExport sav,
    ExportMedia media,
    ChosenRows chosen,
    ConfidentialSight sight,
    AuditLog audit,
    Db db)
{
    /// <summary>Writes to <paramref name="output"/>; the caller has passed <see cref="BeginExport"/>.</summary>
    /// <exception cref="ProblemException">A filter's problems; nothing was written then.</exception>
    public async Task RunAsync(
        Actor actor, PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken)
    {
        var set = export.Request.Set;
        var format = export.Request.Options.Format;
        var total = await chosen.CountAsync(export.Request, cancellationToken);
        await audit.AppendAsync(
            db,
            actor,
            new AuditEvent(
                "submission.export",
                set.Project.Id,
                "form",
                set.XmlFormId,
                $"{total} submissions as {WordOf(format)}{export.Request.Circumstances}"),
            cancellationToken);
        if (set.IsWhole)
        {
            await sight.CountAsync(actor, set, total, cancellationToken);
        }

        await (format switch
        {
            ExportFormat.CsvZip => csv.WriteZipAsync(export, progress, output, cancellationToken),
            ExportFormat.Csv => csv.WriteTableAsync(export, progress, output, cancellationToken),
            ExportFormat.Xlsx => xlsx.WriteAsync(export, progress, output, cancellationToken),
            ExportFormat.Json => json.WriteArrayAsync(export, progress, output, cancellationToken),
            ExportFormat.NdJson => json.WriteLinesAsync(export, progress, output, cancellationToken),
            ExportFormat.GeoJson => map.WriteGeoJsonAsync(export, progress, output, cancellationToken),
            ExportFormat.Kml => map.WriteKmlAsync(export, progress, output, cancellationToken),
            ExportFormat.SavZip => sav.WriteAsync(export, progress, output, cancellationToken),
            _ => media.WriteZipAsync(export, progress, output, cancellationToken),
        });
    }

    private static string WordOf(ExportFormat format) => format switch
    {
        ExportFormat.CsvZip => "CSV ZIP",
        ExportFormat.Csv => "CSV",
        ExportFormat.SavZip => "SPSS",
        ExportFormat.MediaZip => "attachments",
        _ => ExportFormats.Of(format).Name.ToUpperInvariant(),
    };
}
