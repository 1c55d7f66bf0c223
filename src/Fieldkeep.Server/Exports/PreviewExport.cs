using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports;

/// <summary>What an export would hold.</summary>
/// <param name="Submissions">How many.</param>
/// <param name="FileName">How the file would be called.</param>
/// <param name="Tables">What the format makes of them; empty for attachments alone.</param>
internal sealed record ExportPreview(long Submissions, string FileName, IReadOnlyList<PreviewedTable> Tables);

/// <summary>A table of an export that was not made yet.</summary>
/// <param name="Name">What its file or sheet is called.</param>
/// <param name="Columns">How many it has.</param>
internal sealed record PreviewedTable(string Name, int Columns);

/// <summary>Tells what an export would hold, or why it cannot be made, without reading answers for it.</summary>
internal sealed class PreviewExport(BeginExport begin, ChosenRows chosen, PagePlaces places)
{
    /// <summary>Gives what it would hold at this moment.</summary>
    /// <exception cref="ProblemException">Those of <see cref="BeginExport"/> and of filters, <c>query.too_many</c>.</exception>
    public async Task<ExportPreview> RunAsync(
        Actor actor, WantedExport wanted, FindNames names, CancellationToken cancellationToken)
    {
        // What is in it does not depend on them, and nothing here would close the keys again.
        var export = await begin.RunAsync(actor, wanted with { Passphrases = null }, names, cancellationToken);
        using var search = await places.BeginSearchAsync(actor, export.Request.Filter is not null, cancellationToken);
        var tables = wanted.Options.Format switch
        {
            ExportFormat.MediaZip => [],
            ExportFormat.Csv => export.Tables.Take(1),
            _ => export.Tables,
        };
        return new ExportPreview(
            await chosen.CountAsync(export.Request, cancellationToken),
            export.Request.FileName,
            [.. tables.Select(table => new PreviewedTable(export.NameOf(table), table.Columns.Count))]);
    }
}
