using Fieldkeep.Server.Database;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>Tells of records of the journal what this database has settled already, when they are stored once more.</summary>
internal sealed class FindSettled(FindFiles files, Db db)
{
    private const string IsHere = """
        select exists (select from submissions.submissions where id = @id)
        """;

    // It is here, was rewritten, or lies in the trash; or it, or what it edits, was purged.
    private const string IsSettledEdit = """
        select exists (
            select from submissions.versions v join submissions.submissions s on s.id = v.submission_id
            where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft
              and (v.content_mac = @mac or v.rewritten_at is not null or s.deleted_at is not null))
          or exists (select from submissions.purged where form_id = @form and is_draft = @draft and instance_id = any (@named))
        """;

    private const string IsTrashed = """
        select exists (
            select from submissions.versions v join submissions.submissions s on s.id = v.submission_id
            where v.form_id = @form and v.instance_id = @instance and s.is_draft = @draft and s.deleted_at is not null)
        """;

    /// <summary>Whether a record became a submission that is here.</summary>
    public Task<bool> IsHereAsync(Guid record, CancellationToken cancellationToken) => db.GetAsync<bool>(IsHere, new { id = record }, cancellationToken);

    /// <summary>Whether one has no files to bring, and lies in the trash: a script that sent it would be refused now.</summary>
    /// <param name="submission">Without the files that are here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> IsNothingAsync(NewSubmission submission, CancellationToken cancellationToken) =>
        submission.Files.All(file => file.Received is null)
        && await db.GetAsync<bool>(IsTrashed, new { form = submission.Form, instance = submission.InstanceId, draft = submission.IsDraft }, cancellationToken);

    /// <summary>Whether an edit, or later files, change nothing here any more.</summary>
    public async Task<bool> IsOtherAsync(NewSubmission submission, CancellationToken cancellationToken)
    {
        if (submission.DeprecatedId is null)
        {
            return await IsNothingAsync(await files.WithoutLostAsync(submission, cancellationToken), cancellationToken);
        }

        var arguments = new
        {
            form = submission.Form,
            instance = submission.InstanceId,
            draft = submission.IsDraft,
            mac = submission.ContentMac,
            named = new[] { submission.InstanceId, submission.DeprecatedId, submission.EditOf ?? submission.DeprecatedId },
        };
        return await db.GetAsync<bool>(IsSettledEdit, arguments, cancellationToken);
    }
}
