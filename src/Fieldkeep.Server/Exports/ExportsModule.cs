using System.Globalization;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Exports.Anonymity;
using Fieldkeep.Server.Exports.Archive;
using Fieldkeep.Server.Exports.Decryption;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Exports.Maps;
using Fieldkeep.Server.Exports.Media;
using Fieldkeep.Server.Exports.OData;
using Fieldkeep.Server.Exports.Pages;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Exports.Saved;
using Fieldkeep.Server.Exports.Spool;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Purging;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Exports;

/// <summary>Registers the exports room.</summary>
internal static class ExportsModule
{
    /// <summary>Adds rows, formats and background exports; what waits lies sealed below <paramref name="spool"/>.</summary>
    public static IServiceCollection AddExports(this IServiceCollection services, string spool) => services
        .AddSingleton(new SpoolLimits())
        .AddSingleton(provider => new SpoolFolder(spool, provider.GetRequiredService<SpoolLimits>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new KeptOfAnswers(form => provider.GetRequiredService<ExportJobs>().ForgetAsync(form)))
        .AddSingleton(provider => new OnSignal(KeptOfAnswers.Word, (form, _) => DropAsync(provider, form)))
        .AddSingleton<DecryptInstances>()
        .AddSingleton<OpenExportKeys>()
        .AddSingleton<UsedKeys>()
        .AddSingleton<SubmissionRows>()
        .AddSingleton<PagePlaces>()
        .AddSingleton<ListColumns>()
        .AddSingleton<ListRows>()
        .AddSingleton<ListRepeatRows>()
        .AddSingleton<ChosenRows>()
        .AddSingleton<ReadRecord>()
        .AddSingleton<ReadChanges>()
        .AddSingleton<ReadGeoJson>()
        .AddSingleton<ExportGeoJson>()
        .AddSingleton<FindFeedRows>()
        .AddSingleton<FeedQueries>()
        .AddSingleton<ReadFeed>()
        .AddSingleton<CountFeed>()
        .AddSingleton<DescribeFeed>()
        .AddSingleton<ExportGate>()
        .AddSingleton<ExportMedia>()
        .AddSingleton<ExportFlow>()
        .AddSingleton<CsvExport>()
        .AddSingleton<XlsxExport>()
        .AddSingleton<JsonExport>()
        .AddSingleton<MapExport>()
        .AddSingleton<SavExport>()
        .AddSingleton<WriteExport>()
        .AddSingleton<PrepareExport>()
        .AddSingleton<BeginExport>()
        .AddSingleton<ExportJobs>()
        .AddHostedService(provider => provider.GetRequiredService<ExportJobs>())
        .AddSingleton(provider => new MemoryOfProject(provider.GetRequiredService<ExportJobs>().ForgetAsync))
        .AddSingleton<StartExport>()
        .AddSingleton<PreviewExport>()
        .AddSingleton<EstimateAnonymity>()
        .AddSingleton<DescribeExports>()
        .AddSingleton<ListOwnExports>()
        .AddSingleton<FetchExport>()
        .AddSingleton(SavedExports.Deletion)
        .AddSingleton(SavedExports.Left)
        .AddSingleton(SavedExportColumns.Settings)
        .AddSingleton<SavedExports>()
        .AddSingleton<SaveExport>()
        .AddSingleton<RenameSavedExport>()
        .AddSingleton<RemoveSavedExport>()
        .AddSingleton<CreateExportLink>()
        .AddSingleton<RevokeExportLink>()
        .AddSingleton<ArchiveRows>()
        .AddSingleton<AskArchive>()
        .AddSingleton<ListArchives>()
        .AddSingleton<ArchiveSubmissions>()
        .AddSingleton<ArchiveProject>()
        .AddSingleton<WriteArchive>()
        .AddSingleton<EndExportLinks>()
        .AddSingleton(EndExportLinks.Rows)
        .AddSingleton(HeldOfExports.Kinds[0])
        .AddSingleton(provider => provider.GetRequiredService<EndExportLinks>().OfPerson)
        .AddSingleton<OpenExportLink>();

    // Of which forms answers were taken away while nothing was heard is not known.
    private static async Task DropAsync(IServiceProvider provider, string? form)
    {
        var jobs = provider.GetRequiredService<ExportJobs>();
        if (form is not null)
        {
            await jobs.ForgetAsync(new FormId(long.Parse(form, CultureInfo.InvariantCulture)));
        }
        else if (provider.GetRequiredService<OwnServer>().IsOneOfSeveral)
        {
            await jobs.ForgetAllAsync();
        }
    }
}
