using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Jobs;

/// <summary>Starts an export in the background.</summary>
internal sealed class StartExport(BeginExport begin, ChosenRows chosen, ExportJobs jobs, PagePlaces places)
{
    /// <summary>Gives the export that was begun.</summary>
    /// <exception cref="ProblemException">
    /// Those of <see cref="BeginExport"/>, <c>export.too_many</c>, <c>export.spool_full</c>, <c>export.disk_full</c>, <c>query.too_many</c>.
    /// </exception>
    public async Task<ExportJob> RunAsync(
        Actor actor, WantedExport wanted, FindNames names, CancellationToken cancellationToken)
    {
        var export = await begin.RunAsync(actor, wanted, names, cancellationToken);
        try
        {
            using var search = await places.BeginSearchAsync(actor, export.Request.Filter is not null, cancellationToken);
            return jobs.Start(actor, export.Request, await chosen.CountAsync(export.Request, cancellationToken));
        }
        catch
        {
            export.Request.Keys?.Dispose();
            throw;
        }
    }
}
