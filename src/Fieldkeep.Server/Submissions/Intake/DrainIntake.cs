using System.Text.Json;
using Fieldkeep.Journal;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// Brings what the intake journal has and the database does not into it: after a start what a killed server left, later what was acknowledged while the
/// database was away. In the order in which it came; each once, for the database knows what it has.
/// </summary>
internal sealed partial class DrainIntake(
    IntakeJournal journal, KeepIntake intake, StoreSubmission store, SealedContents contents, Keyring keyring, ILogger<DrainIntake> log)
    : BackgroundRounds(TimeSpan.FromSeconds(1))
{
    /// <summary>The reason in quarantine of what cannot be read.</summary>
    public const string Unreadable = "unreadable";

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (!intake.HasLeft)
        {
            return;
        }

        var drained = 0;
        await foreach (var record in journal.ReadUndrainedAsync(cancellationToken))
        {
            if (!intake.IsCurrent(record.Id))
            {
                await PlaceAsync(record, cancellationToken);
                drained++;
            }
        }

        if (drained > 0)
        {
            LogDrained(log, drained);
        }
    }

    /// <inheritdoc/>
    protected override void Tell(Exception problem) => LogFailed(log, problem.GetType().Name, DatabaseFailure.CodeOf(problem));

    private async Task PlaceAsync(JournalRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await store.RunAsync(IntakeRecord.Read(record.Id, record.Content.Span, contents), cancellationToken);
            journal.Done(record.Id);
        }
        catch (VaultException) when (IsErased(record))
        {
            // Its project's keys were destroyed: it was never to be read again.
            journal.Done(record.Id);
        }
        catch (Exception problem) when (problem is JsonException or VaultException)
        {
            await SetAsideAsync(record, Unreadable, cancellationToken);
        }
        catch (ProblemException refused)
        {
            await SetAsideAsync(record, refused.Code, cancellationToken);
        }
        catch (PostgresException refused) when (!DatabaseFailure.IsOutage(refused))
        {
            // What it belongs to is not in this database, or it is otherwise none that this database can hold.
            await SetAsideAsync(record, $"database.{refused.SqlState}", cancellationToken);
        }
    }

    private bool IsErased(JournalRecord record) =>
        IntakeRecord.ProjectOf(record.Content.Span) is var project && keyring.ErasedProjects.Any(erased => erased.Project == project);

    // It was acknowledged: it is kept until somebody decides, and holds up nothing.
    private async Task SetAsideAsync(JournalRecord record, string why, CancellationToken cancellationToken)
    {
        await journal.QuarantineAsync(record.Id, why, cancellationToken);
        LogSetAside(log, record.Id, why);
    }

    [LoggerMessage(1, LogLevel.Information, "{Count} submissions went from the intake journal into the database")]
    private static partial void LogDrained(ILogger log, int count);

    [LoggerMessage(2, LogLevel.Warning, "the intake journal waits for the database ({Failure} {Code})")]
    private static partial void LogFailed(ILogger log, string failure, string? code);

    [LoggerMessage(3, LogLevel.Error, "record {Id} of the intake journal cannot be stored ({Why}) and lies in its quarantine")]
    private static partial void LogSetAside(ILogger log, Guid id, string why);
}
