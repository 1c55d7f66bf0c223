using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys.Rotation;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Editing;
using Fieldkeep.Server.Submissions.Files;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Holding;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Submissions.Limiting;
using Fieldkeep.Server.Submissions.Proofs;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.Submissions.Recovering;
using Fieldkeep.Server.Submissions.Stages;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Submissions;

/// <summary>Registers the submissions room.</summary>
internal static class SubmissionsModule
{
    /// <summary>Adds operations, queries and the writer.</summary>
    /// <param name="journal">The folder of the intake journal; null for where it was last.</param>
    public static IServiceCollection AddSubmissions(this IServiceCollection services, SubmissionLimits limits, ReadsAnHour reads, string? journal) => services
        .AddSingleton(limits)
        .AddSingleton(reads)
        .AddSingleton(provider => new ReceivedCount(() => provider.GetRequiredService<SubmissionWriter>().Written))
        .AddSubmissionColumns()
        .AddEach(SubmissionsOfProject.Meanings)
        .AddEach(SubmissionsOfProject.Deletions)
        .AddEach(SubmissionsOfProject.Left)
        .AddEach(SubmissionsOfPerson.Rows)
        .AddEach(HeldOfSubmissions.Kinds)
        .AddSingleton<SealedContents>()
        .AddSingleton<ConfidentialContents>()
        .AddSingleton<ConfidentialSight>()
        .AddSingleton<WatchReads>()
        .AddSingleton<FormAdministrators>()
        .AddSingleton<TellLessProtected>()
        .AddHostedService(provider => provider.GetRequiredService<TellLessProtected>())
        .AddSingleton<SplitReceived>()
        .AddSingleton<Holds>()
        .AddSingleton<HoldsOfKeyring>()
        .AddSingleton<HeldSubmissions>()
        .AddSingleton<PurgeSubmissions>()
        .AddSingleton<TrashOverdue>()
        .AddSingleton<VersionAnswers>()
        .AddSingleton<SplitStored>()
        .AddSingleton<StoreRewritten>()
        .AddSingleton<RewriteSubmission>()
        .AddSingleton<SubmissionEvents>()
        .AddSingleton<SubmissionBooks>()
        .AddSingleton<SubmissionComments>()
        .AddSingleton<SubmissionFileSlots>()
        .AddSingleton<StoredXml>()
        .AddSingleton<InsertSubmissions>()
        .AddSingleton<SubmissionWriter>()
        .AddHostedService(provider => provider.GetRequiredService<SubmissionWriter>())
        .AddSingleton<CompleteSubmission>()
        .AddSingleton<CompareSplit>()
        .AddSingleton<EditSubmission>()
        .AddSingleton<StoreSubmission>()
        .AddIntake(journal)
        .AddSingleton<RevertSubmission>()
        .AddSingleton<ProjectUse>()
        .AddSingleton<QuietUse>()
        .AddSingleton<TakePlace>()
        .AddSingleton<ListUse>()
        .AddSingleton<MaySend>()
        .AddSingleton<ReceiveSubmission>()
        .AddSingleton<StageMoves>()
        .AddSingleton<StageGate>()
        .AddSingleton<TrashedRows>()
        .AddSingleton<MoveSubmission>()
        .AddSingleton<MoveSubmissions>()
        .AddSingleton<ReviewDeployed>()
        .AddSingleton<ReplaceStages>()
        .AddSingleton<FindStanding>()
        .AddSingleton<FindInbox>()
        .AddSingleton<TellWaiting>()
        .AddHostedService(provider => provider.GetRequiredService<TellWaiting>())
        .AddSingleton<DeploymentProgress>()
        .AddSingleton<SubmissionTotals>()
        .AddSingleton<SubmissionQueries>()
        .AddSingleton<SealedRows>()
        .AddSingleton<SeenRows>()
        .AddSingleton<SubmissionsInOrder>()
        .AddSingleton<OpenInstances>()
        .AddSingleton<SettledSequences>()
        .AddSingleton<RowConditionStore>()
        .AddSingleton<FormConditions>()
        .AddSingleton<RowFactsOf>()
        .AddSingleton<MatchConditions>()
        .AddSingleton<AskRows>()
        .AddSingleton<FindRowLimits>()
        .AddSingleton<CreateRowCondition>()
        .AddSingleton<ListRowConditions>()
        .AddSingleton<RemoveRowCondition>()
        .AddSingleton<FindSubmissions>()
        .AddSingleton<FormsOfSubmissions>()
        .AddSingleton<ReadSubmission>()
        .AddSingleton<ReadSubmissionFile>()
        .AddSingleton<ListShownFiles>()
        .AddSingleton<ReadSubmissionVersion>()
        .AddSingleton<CompareVersions>()
        .AddSingleton<ProveSubmission>()
        .AddSingleton<ListSubmissionHistory>()
        .AddSingleton<ReviewSubmission>()
        .AddSingleton<ReviewSubmissions>()
        .AddSingleton<TrashSubmission>()
        .AddSingleton<RestoreSubmission>()
        .AddSingleton<AddComment>()
        .AddSingleton<ListComments>()
        .AddSingleton<AttachSubmissionFile>()
        .AddSingleton<ClearSubmissionFile>()
        .AddSingleton<ReadRecoverable>()
        .AddSingleton<SealRecovered>()
        .AddSingleton<PlaceRecovered>();

    // Opened when the first part asks for it: commands at the machine that receive nothing leave it to the server.
    private static IServiceCollection AddIntake(this IServiceCollection services, string? folder) => services
        .AddSingleton(provider => new OpenedIntake(
            provider.GetRequiredService<ServerSettings>().DataDirectory,
            folder ?? JournalPlace.Find(provider.GetRequiredService<ServerSettings>().DataDirectory),
            provider.GetRequiredService<Keyring>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<OpenedIntake>>()))
        .AddSingleton<LeftSubmissions>()
        .AddSingleton(provider => new EndOfPerson(
            (_, _, _) => Task.FromResult(0),
            (_, _, _) => Task.CompletedTask,
            _ =>
            {
                provider.GetRequiredService<WhileAway>().WantWritten();
                return Task.CompletedTask;
            }))
        .AddSingleton<KeepDoor>()
        .AddHostedService(provider => provider.GetRequiredService<KeepDoor>())
        .AddSingleton<TellJournal>()
        .AddSingleton<KeepIntake>()
        .AddSingleton<FindBelonging>()
        .AddSingleton<FindFiles>()
        .AddSingleton<FindSettled>()
        .AddSingleton<ReadWaiting>()
        .AddSingleton<StoreOther>()
        .AddSingleton<PlaceRecords>()
        .AddSingleton<WatchIntake>()
        .AddSingleton<DrainIntake>()
        .AddHostedService(provider => provider.GetRequiredService<DrainIntake>())
        .AddSingleton<SetAside>()
        .AddSingleton<DrainAgain>()
        .AddSingleton<MeantByIntake>()
        .AddSingleton(provider => new BlobsMeantElsewhere(token => provider.GetRequiredService<MeantByIntake>().ListBlobsAsync(token)))
        .AddSingleton(provider => new BlobsMeantElsewhere(
            async token => await provider.GetRequiredService<OtherJournals>().AreEmptyAsync(token) ? new HashSet<string>(StringComparer.Ordinal) : null))
        .AddSingleton(provider => new KeysMeantElsewhere(async (_, token) => !await provider.GetRequiredService<OtherJournals>().AreEmptyAsync(token)))
        .AddSingleton(provider => new SessionsMeantElsewhere(() => provider.GetRequiredService<MeantByIntake>().SessionsSince()))
        .AddSingleton(provider => new ToldOfJournal(() => provider.GetRequiredService<OpenedIntake>().Journal?.State is { } state
            ? new JournalStanding(state.WaitingRecords, state.Quarantined, state is { Trouble: null, Damage.Count: 0 })
            : new JournalStanding(0, 0, IsKnown: false)))
        .AddSingleton(provider => new KeysMeantElsewhere((project, token) => provider.GetRequiredService<MeantByIntake>().NeedsKeysAsync(project, token)));

    private static IServiceCollection AddSubmissionColumns(this IServiceCollection services)
    {
        foreach (var column in SubmissionColumns.All)
        {
            services.AddSingleton(column);
        }

        foreach (var column in SubmissionColumns.Blobs)
        {
            services.AddSingleton(column);
        }

        return services;
    }
}
