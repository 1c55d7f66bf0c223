using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Submissions.Files;

/// <summary>Keeps how many files the current version of a submission names and has. Those of confidential questions are not counted: it would tell whether they were answered.</summary>
internal static class CountFiles
{
    private const string Count = """
        update submissions.submissions s
        set attachments_expected = (select count(*) from submissions.attachments a
                where a.submission_id = s.id and a.version = s.current_version and not a.confidential),
            attachments_present = (select count(*) from submissions.attachments a
                where a.submission_id = s.id and a.version = s.current_version and a.blob is not null and not a.confidential)
        where s.id = @submission
        """;

    /// <summary>Counts them anew, after they or the current version changed in the same transaction.</summary>
    public static Task RunAsync(Tx tx, SubmissionId submission, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Count, new { submission }, cancellationToken);
}
