using Fieldkeep.Backup;
using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Recoveries;

namespace Fieldkeep.Server.Recovery;

/// <summary>Says what to recover.</summary>
/// <param name="Project">The project's number, as it was and is.</param>
/// <param name="AsOf">The moment that was restored: of the instant asked for, or of the last commit.</param>
/// <param name="Backup">The backup's name, for the books.</param>
/// <param name="Unit">The unit that the copy comes to; null for the one the project was in.</param>
internal sealed record RecoveryOrder(ProjectId Project, DateTimeOffset AsOf, string Backup, UnitId? Unit)
{
    /// <summary>Why; kept sealed in the ledger.</summary>
    public string? Reason { get; init; }

    /// <summary>The number under which an operator asked for it; null for one from the command line.</summary>
    public long? Asked { get; init; }

    /// <summary>Told how many submissions are copied, of how many; null for nobody.</summary>
    public Action<Recovered>? Count { get; init; }
}

/// <summary>Tells what was recovered.</summary>
/// <param name="Project">The number of the new project.</param>
/// <param name="Name">Its name.</param>
/// <param name="From">The number of the project it is a copy of.</param>
/// <param name="AsOf">As of when.</param>
/// <param name="Backup">From which backup.</param>
internal sealed record RecoveryReport(long Project, string Name, long From, DateTimeOffset AsOf, string Backup)
{
    /// <summary>Forms, those in the trash left out: all that were there.</summary>
    public required int Forms { get; init; }

    /// <summary>Their published versions, and drafts.</summary>
    public required Recovered FormVersions { get; init; }

    /// <summary>Submissions; those erased for good since are not there.</summary>
    public required Recovered Submissions { get; init; }

    /// <summary>Their versions: each edit is one.</summary>
    public required Recovered SubmissionVersions { get; init; }

    /// <summary>Files of submissions, photos above all; those of submissions that could not come along are counted as there.</summary>
    public required Recovered Files { get; init; }

    /// <summary>Remarks that people made about submissions.</summary>
    public required int Comments { get; init; }

    /// <summary>Rules of retention; those about forms that are not in the copy do not come along.</summary>
    public Recovered Rules { get; init; } = new(0, 0);

    /// <summary>Submissions whose newest version was read again in the new project and is the same, letter by letter.</summary>
    public required int Compared { get; init; }

    /// <summary>What was erased since, and therefore did not come along: a number only.</summary>
    public required int Erased { get; init; }

    /// <summary>What could not come along, in sentences with names and numbers; empty when all did.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>What does not come along by its kind, in sentences: phones, roles, deployments.</summary>
    public required IReadOnlyList<string> Left { get; init; }

    /// <summary>Whether all came along that could.</summary>
    public bool IsWhole => Missing.Count == 0;

    /// <summary>Tells, too, that what was restored was damaged, if that was found after the copy was whole.</summary>
    public RecoveryReport WithTroubleAfter(Exception problem) => problem is BackupException { Reason: BackupTrouble.Damaged } damage
        ? this with { Left = [.. Left, $"what is damaged in the backup: the copy is whole, and {damage.Message}; {damage.Hint}"] }
        : this;

    /// <summary>Tells in sentences what is confidential in the copy and was not then.</summary>
    public static IEnumerable<string> Tell(HiddenAsNow hidden)
    {
        if (hidden.Questions > 0)
        {
            yield return $"{hidden.Questions} questions less open than they were then: they are confidential now, and in the copy";
        }

        if (hidden.Waiting > 0)
        {
            yield return $"{hidden.Waiting} decisions to hide less that did not count yet: in the copy nothing of them counts";
        }

        if (hidden.Gone.Count > 0)
        {
            yield return $"what was made confidential since in {hidden.Gone.Count} forms that are gone from the living project: look through them: {string.Join(", ", hidden.Gone)}";
        }
    }

    /// <summary>Tells what became of rules of retention.</summary>
    public static IEnumerable<string> Tell(int there, int here, int ended, DateTimeOffset? actFrom)
    {
        if (actFrom is { } from)
        {
            yield return $"what {here} rules of retention took out or deleted since: it is in the copy until they act again, from {from.UtcDateTime:yyyy-MM-dd HH:mm} UTC on";
        }

        if (here < there)
        {
            yield return $"{there - here} rules of retention about forms that are not in the copy";
        }

        if (ended > 0)
        {
            yield return $"what {ended} rules of retention took out or deleted that were ended since: it is in the copy, and no rule takes it out again";
        }
    }
}
