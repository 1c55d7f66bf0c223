using System.Security;
using System.Text;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Writes submissions as a map.</summary>
internal sealed class MapExport(ExportFlow flow)
{
    private const string KmlBeginning = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><name>";

    /// <summary>Writes a feature collection of GeoJSON.</summary>
    public Task WriteGeoJsonAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken) => JoinedText.WriteAsync(
            output,
            "{\"type\":\"FeatureCollection\",\"features\":[",
            take => flow.RunAsync(export, () => WriterOf(export, MapKind.GeoJson), progress, take, waiting: null, cancellationToken),
            "\n]}\n",
            cancellationToken);

    /// <summary>Writes a document of KML.</summary>
    public async Task WriteKmlAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken)
    {
        var name = SecurityElement.Escape(export.Shape.Newest.Title);
        await output.WriteAsync(Encoding.UTF8.GetBytes($"{KmlBeginning}{name}</name>\n"), cancellationToken);
        await flow.RunAsync(export, () => WriterOf(export, MapKind.Kml), progress, output.WriteAsync, waiting: null, cancellationToken);
        await output.WriteAsync("</Document></kml>\n"u8.ToArray(), cancellationToken);
    }

    private static GeoRows WriterOf(PreparedExport export, MapKind kind) => new(export.Flat, export.Request.Options.Geometry, kind);
}
