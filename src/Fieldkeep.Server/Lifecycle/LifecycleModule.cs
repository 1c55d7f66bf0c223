using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle.Holding;
using Fieldkeep.Server.Lifecycle.People;
using Fieldkeep.Server.Lifecycle.Retention;
using Fieldkeep.Server.Lifecycle.Rewriting;
using Fieldkeep.Server.Lifecycle.Trash;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.Receiving;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>Registers the Lifecycle room.</summary>
internal static class LifecycleModule
{
    /// <summary>Adds the room's parts.</summary>
    public static IServiceCollection AddLifecycle(this IServiceCollection services) => services
        .AddSingleton<ReportRows>()
        .AddSingleton<ListReports>()
        .AddSingleton<PlaceHold>()
        .AddSingleton<LiftHold>()
        .AddSingleton<ListHolds>()
        .AddSingleton<HoldAgain>()
        .AddSingleton(provider => new BegunWork(5, provider.GetRequiredService<HoldAgain>().RunAsync) { MustSucceed = true })
        .AddSingleton(provider => new BegunWork(6, provider.GetRequiredService<HoldAgain>().NoteUnknownAsync))
        .AddSingleton(provider => new AfterRestore(provider.GetRequiredService<HoldAgain>().RunAsync))
        .AddSingleton<ClockGuard>()
        .AddSingleton(provider => new AfterRestore(provider.GetRequiredService<ClockGuard>().WaitAfterRestoreAsync))
        .AddSingleton<EmptyTrash>()
        .AddSingleton<PurgeTrashed>()
        .AddSingleton(provider => new DueWork(10, provider.GetRequiredService<EmptyTrash>().RunAsync))
        .AddSingleton<EraseTrashedProjects>()
        .AddSingleton(provider => new DueWork(50, provider.GetRequiredService<EraseTrashedProjects>().RunAsync))
        .AddEach(RewriteRows.Deletions)
        .AddSingleton<RewriteRows>()
        .AddSingleton(provider => new AfterEdit(RewriteRows.TakeAgainAsync, provider.GetRequiredService<DueSignal>().Wake))
        .AddSingleton(provider => new AfterArrival(provider.GetRequiredService<RewriteRows>().TakeLateAsync, provider.GetRequiredService<DueSignal>().Wake))
        .AddSingleton<RewriteQuestions>()
        .AddSingleton<Replacements>()
        .AddSingleton<PreviewPseudonyms>()
        .AddSingleton<Pseudonymise>()
        .AddSingleton<ListRewrites>()
        .AddSingleton<FinishRewrites>()
        .AddSingleton(provider => new BegunWork(20, provider.GetRequiredService<FinishRewrites>().RunAsync))
        .AddSingleton<FindPerson>()
        .AddSingleton<ErasePerson>()
        .AddSingleton<EraseAgain>()
        .AddSingleton(provider => new BegunWork(10, provider.GetRequiredService<EraseAgain>().RunAsync))
        .AddRetention()
        .AddSingleton<DueSignal>()
        .AddSingleton<DoDueWork>()
        .AddHostedService(provider => provider.GetRequiredService<DoDueWork>());

    private static IServiceCollection AddRetention(this IServiceCollection services) => services
        .AddEach(RetentionRows.Deletions)
        .AddSingleton<RetentionRows>()
        .AddSingleton(provider => new AfterRestore(provider.GetRequiredService<RetentionRows>().WaitAfterRestoreAsync))
        .AddSingleton<RetentionRuns>()
        .AddSingleton<CarryRetention>()
        .AddSingleton<RetentionBooks>()
        .AddSingleton<RetentionLetters>()
        .AddSingleton<OverdueByRule>()
        .AddSingleton<AddRetentionRule>()
        .AddSingleton<ChangeRetentionRule>()
        .AddSingleton<EndRetentionRule>()
        .AddSingleton<ListRetention>()
        .AddSingleton<ListRetentionRuns>()
        .AddSingleton<PreviewRetention>()
        .AddSingleton<RunRetention>()
        .AddSingleton(provider => new DueWork(5, provider.GetRequiredService<RunRetention>().RunAsync));
}
