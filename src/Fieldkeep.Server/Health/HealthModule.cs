using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Health.Alerts;
using Fieldkeep.Server.Health.Checks;
using Fieldkeep.Server.Health.Telling;
using Fieldkeep.Server.Submissions.Intake;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Fieldkeep.Server.Health;

/// <summary>Registers the Health room.</summary>
internal static class HealthModule
{
    /// <summary>Adds the room's parts.</summary>
    /// <param name="dataDirectory">The data directory, whose disks are looked at.</param>
    /// <param name="journal">The intake journal's folder; null for where it was the last time.</param>
    public static IServiceCollection AddHealth(this IServiceCollection services, string dataDirectory, string? journal) => services
        .AddSingleton(provider => new Machine(provider.GetRequiredService<OwnServer>().Name))
        .AddSingleton(_ => DiskFolders.Of(dataDirectory, journal ?? JournalPlace.Find(dataDirectory)))
        .AddSingleton(provider => new BackgroundLoops(() => [.. provider.GetServices<IHostedService>().OfType<BackgroundService>()]))
        .AddSingleton<AnswerCounts>()
        .AddSingleton<ICheck, DatabaseCheck>()
        .AddSingleton<ICheck, DiskCheck>()
        .AddSingleton<ICheck, JournalCheck>()
        .AddSingleton<ICheck, BackupCheck>()
        .AddSingleton<ICheck, RehearsalCheck>()
        .AddSingleton<ICheck, UpgradeCheck>()
        .AddSingleton<ICheck, KeyCopiesCheck>()
        .AddSingleton<ICheck, LedgerCheck>()
        .AddSingleton<ICheck, WitnessesCheck>()
        .AddSingleton<ICheck, CertificateCheck>()
        .AddSingleton<ICheck, AnswersCheck>()
        .AddSingleton<ICheck, SignInCheck>()
        .AddSingleton<ICheck, LettersCheck>()
        .AddSingleton<ICheck, LimitsCheck>()
        .AddSingleton<ICheck, LoopsCheck>()
        .AddSingleton<ICheck, ServersCheck>()
        .AddSingleton<ICheck, ClockCheck>()
        .AddSingleton<LookAtChecks>()
        .AddHostedService<MeasureChecks>()
        .AddSingleton<AlertRows>()
        .AddSingleton<ListAlerts>()
        .AddSingleton<AcknowledgeAlert>()
        .AddSingleton<RecipientRows>()
        .AddSingleton<DeliveryRows>()
        .AddSingleton<ListRecipients>()
        .AddSingleton<TellAlerts>()
        .AddSingleton<ChangeRecipients>()
        .AddSingleton<CarryAlerts>()
        .AddHostedService(provider => provider.GetRequiredService<CarryAlerts>())
        .AddSingleton<WatchChecks>()
        .AddHostedService(provider => provider.GetRequiredService<WatchChecks>());
}
