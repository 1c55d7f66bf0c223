using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Writes submissions as nested objects: an array of them, or one on each line.</summary>
internal sealed class JsonExport(ExportFlow flow)
{
    /// <summary>Writes one array, <c>[…]</c>.</summary>
    public Task WriteArrayAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken) => JoinedText.WriteAsync(
            output,
            "[",
            take => flow.RunAsync(export, () => WriterOf(export, areLines: false), progress, take, waiting: null, cancellationToken),
            "\n]\n",
            cancellationToken);

    /// <summary>Writes lines.</summary>
    public Task WriteLinesAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken) =>
        flow.RunAsync(export, () => WriterOf(export, areLines: true), progress, output.WriteAsync, waiting: null, cancellationToken);

    private static JsonRows WriterOf(PreparedExport export, bool areLines) => new(export.Shape.Tables, export.Columns, areLines);
}
