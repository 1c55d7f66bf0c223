using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>What the intake journal makes somebody wait for.</summary>
internal static class IntakeProblems
{
    /// <summary>The code of <see cref="Unsure"/>: files stay, since a record may name them; what nothing names is swept.</summary>
    public const string UnsureCode = "submission.unsure";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>An instance of this id waits for the database: an edit of it, or other content, can be judged only then.</summary>
    public static ProblemException Waits() => new(
        "submission.waits", 503, "A submission with this id was received and waits for the database. Nothing else was stored; send this again in a minute.")
    {
        RetryAfter = Soon,
    };

    /// <summary>Whether it is stored is not known: the journal's disk does not answer.</summary>
    public static ProblemException Unsure() => new(
        UnsureCode, 503, "The server's disk did not answer in time, so it is not known whether this was stored. Send it again in a minute: it is stored once.")
    {
        RetryAfter = Soon,
    };
}
