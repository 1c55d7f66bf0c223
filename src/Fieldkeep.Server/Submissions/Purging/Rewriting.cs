using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>What is taken out of submissions, or replaced in them, in place.</summary>
/// <param name="Why">A word for the ledger: <c>mask</c>, <c>pseudonymise</c>, <c>retention</c>.</param>
internal sealed record Rewriting(string Why)
{
    /// <summary>Gives what replaces answers of a version, which is given whole; null when no answers are replaced.</summary>
    public Func<Tx, FormDefinition, byte[], CancellationToken, Task<ReplaceAnswer>>? AnswersAsync { get; init; }

    /// <summary>Paths of the questions, below the root, for the ledger and for the files they name.</summary>
    public IReadOnlySet<string> Paths { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Whether every file goes.</summary>
    public bool DropsFiles { get; init; }

    /// <summary>Whether every confidential answer goes: <see cref="AnswersAsync"/> takes them out, and it is kept that none are left.</summary>
    public bool DropsConfidential { get; init; }

    /// <summary>Whether who sent it, and with which device, goes.</summary>
    public bool DropsSender { get; init; }

    /// <summary>Whether comments, and notes on what happened, go.</summary>
    public bool DropsRemarks { get; init; }

    /// <summary>Whether what a phone encrypted is left as a whole, because what is meant lies in what nobody here reads.</summary>
    public bool LeavesEncrypted { get; init; } = true;

    /// <summary>Whether earlier versions are left as they are.</summary>
    public bool IsOfNewestOnly { get; init; }

    /// <summary>The first version that is rewritten; those before stay as they are.</summary>
    public int FirstVersion { get; init; } = 1;

    /// <summary>
    /// Is asked in the same transaction, once the submission is locked: whether it still has its turn. Another server may have done it since it was listed; then nothing is
    /// rewritten, and nothing noted. Null where every time counts.
    /// </summary>
    public Func<Tx, SubmissionId, CancellationToken, Task<bool>>? IsDueAsync { get; init; }

    /// <summary>Goes into the same transaction: how far it has come.</summary>
    public Func<Tx, SubmissionId, RewrittenCount, CancellationToken, Task>? NoteAsync { get; init; }
}

/// <summary>How much was rewritten.</summary>
/// <param name="Answers">Answers that say something else now.</param>
/// <param name="Files">Files that went.</param>
/// <param name="Left">Submissions that were left: on hold, encrypted on the phone, or damaged.</param>
internal readonly record struct RewrittenCount(int Submissions, int Versions, int Answers, int Files, int Left)
{
    /// <summary>Why it was left: <see cref="Held"/>, <see cref="Encrypted"/> or <see cref="Failed"/>; null when it was not.</summary>
    public string? LeftBecause { get; init; }

    /// <summary>A legal hold stands on it.</summary>
    public const string Held = "held";

    /// <summary>A phone encrypted it: nobody here reads it.</summary>
    public const string Encrypted = "encrypted";

    /// <summary>It could not be read or written.</summary>
    public const string Failed = "failed";

    /// <summary>Gives that one was left.</summary>
    public static RewrittenCount LeftFor(string why) => new(0, 0, 0, 0, 1) { LeftBecause = why };

    /// <summary>Adds up.</summary>
    public static RewrittenCount operator +(RewrittenCount one, RewrittenCount other) => new(
        one.Submissions + other.Submissions, one.Versions + other.Versions, one.Answers + other.Answers, one.Files + other.Files, one.Left + other.Left);
}

/// <summary>One version as it is stored.</summary>
internal sealed record VersionToRewrite
{
    /// <summary>Its number.</summary>
    public int Version { get; init; }

    /// <summary>The form version it was filled in with.</summary>
    public FormVersionId FormVersionId { get; init; }

    /// <summary>The id it came with.</summary>
    public string InstanceId { get; init; } = "";

    /// <summary>Whether a phone encrypted it.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The keyed hash of what it says.</summary>
    public byte[] ContentMac { get; init; } = [];
}
