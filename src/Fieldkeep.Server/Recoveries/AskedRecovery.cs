namespace Fieldkeep.Server.Recoveries;

/// <summary>A recovery that an operator asked for, and how it stands.</summary>
internal sealed class AskedRecovery
{
    /// <summary>It is begun within seconds.</summary>
    public const string Waiting = "waiting";

    /// <summary>The backup is restored beside the living server.</summary>
    public const string Restoring = "restoring";

    /// <summary>The project is copied out of it.</summary>
    public const string Copying = "copying";

    /// <summary>The copy is there.</summary>
    public const string Done = "done";

    /// <summary>There is none: what there was of it is erased, or it says otherwise.</summary>
    public const string Failed = "failed";

    /// <summary>Its number.</summary>
    public long Id { get; init; }

    /// <summary>What is sealed of it is bound to this.</summary>
    public Guid RowId { get; init; }

    /// <summary>The project, as it was and is.</summary>
    public long ProjectId { get; init; }

    /// <summary>The unit that the copy comes to; null for where the project is by then.</summary>
    public long? UnitId { get; init; }

    /// <summary>The instant asked for; null for all there is.</summary>
    public DateTimeOffset? Wanted { get; init; }

    /// <summary>One of the words above.</summary>
    public string State { get; init; } = "";

    /// <summary>When somebody asked for it.</summary>
    public DateTimeOffset AskedAt { get; init; }

    /// <summary>When it ended; null while it goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The base backup; null before that is known.</summary>
    public string? Backup { get; init; }

    /// <summary>The moment that was restored; null before that is known.</summary>
    public DateTimeOffset? AsOf { get; init; }

    /// <summary>The number of the copy; null when there is none.</summary>
    public long? CopyId { get; init; }

    /// <summary><see cref="RecoveryCounts"/>, as JSON; null before the end.</summary>
    public string? Counts { get; init; }

    /// <summary><see cref="ToldOfRecovery"/>, sealed with the copy's keys; null before the end.</summary>
    public byte[]? Told { get; init; }

    /// <summary>Why it failed, as a code; null when it did not.</summary>
    public string? ProblemCode { get; init; }

    /// <summary>The same in a sentence.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether it goes on.</summary>
    public bool IsOpen => EndedAt is null;
}

/// <summary>How many of each there were and came along: numbers only, for whoever runs the server.</summary>
/// <param name="Missing">How many things could not come along.</param>
/// <param name="Left">How many kinds of things do not.</param>
internal sealed record RecoveryCounts(
    int Forms,
    Recovered FormVersions,
    Recovered Submissions,
    Recovered SubmissionVersions,
    Recovered Files,
    int Comments,
    Recovered Rules,
    int Compared,
    int Erased,
    int Missing,
    int Left);

/// <summary>What did not come along, by name: of people, phones and files of the project.</summary>
/// <param name="Missing">What could not.</param>
/// <param name="Left">What does not by its kind.</param>
internal sealed record ToldOfRecovery(IReadOnlyList<string> Missing, IReadOnlyList<string> Left);

/// <summary>How many there were, and how many came along.</summary>
internal sealed record Recovered(int There, int Here);
