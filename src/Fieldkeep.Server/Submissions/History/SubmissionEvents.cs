using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Submissions.History;

/// <summary>Keeps what happened to submissions beside their versions, with the remarks people made: sealed, since those may be about anyone.</summary>
internal sealed class SubmissionEvents(Db db, Sealer sealer, TimeProvider clock)
{
    /// <summary>A remark on a version, made when it was sent.</summary>
    public const string Sent = "sent";

    /// <summary>A review state was set.</summary>
    public const string Reviewed = "reviewed";

    /// <summary>A file was added, replaced or taken off.</summary>
    public const string FileChanged = "file_changed";

    /// <summary>An edit gave confidential answers or took some away; its detail is their places, a line each, for who may read them.</summary>
    public const string ConfidentialChanged = "confidential_changed";

    /// <summary>Approved, rejected, or moved otherwise along the stages of its deployment.</summary>
    public const string Moved = "moved";

    /// <summary>Moved to the trash.</summary>
    public const string Trashed = "trashed";

    /// <summary>Brought back from the trash.</summary>
    public const string Restored = "restored";

    private const string BodyColumn = "submissions.events.body";

    private const string Insert = """
        insert into submissions.events (submission_id, version, row_id, action, actor_id, at, body)
        values (@submission, @version, @row, @action, @actor, @at, @body)
        """;

    private const string OfSubmission = """
        select version, row_id, action, actor_id, at, body
        from submissions.events where submission_id = @submission order by id desc
        """;

    /// <summary>Seals an event; touches no database.</summary>
    public PreparedEvent Prepare(ProjectRef project, Actor actor, string action, EventBody body)
    {
        var at = clock.GetUtcNow();
        var row = Guid.CreateVersion7(at);
        var plain = JsonSerializer.SerializeToUtf8Bytes(body);
        var sealedBody = sealer.Seal(project, EnvelopePurpose.Record, BodyColumn, row, 1, plain);
        return new PreparedEvent(row, action, actor.Id, at, sealedBody);
    }

    /// <summary>Writes an event in the caller's transaction; it may be one of several statements sent together.</summary>
    /// <param name="version">The version it is about; null when it is about the submission as a whole.</param>
    public static Task AppendAsync(
        Tx tx, SubmissionId submission, int? version, PreparedEvent prepared, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(
            Insert,
            new
            {
                submission = submission.Value,
                version,
                row = prepared.Row,
                action = prepared.Action,
                actor = prepared.Actor.Value,
                at = prepared.At.UtcDateTime,
                body = prepared.Body,
            },
            cancellationToken);

    /// <summary>Lists the events of a submission, newest first. Callers check access first.</summary>
    public async Task<IReadOnlyList<SubmissionEvent>> ListAsync(
        ProjectRef project, SubmissionId submission, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<EventRow>(OfSubmission, new { submission }, cancellationToken);
        return [.. rows.Select(row => new SubmissionEvent(row.Version, row.Action, row.ActorId, row.At, Open(project, row)))];
    }

    // One damaged remark must not hide what happened.
    private EventBody Open(ProjectRef project, EventRow row)
    {
        try
        {
            var plain = sealer.Open(project, EnvelopePurpose.Record, BodyColumn, row.RowId, 1, row.Body);
            return JsonSerializer.Deserialize<EventBody>(plain) ?? new EventBody(null, null);
        }
        catch (VaultException)
        {
            return new EventBody(null, null);
        }
    }

    private sealed record EventRow(int? Version, Guid RowId, string Action, ActorId ActorId, DateTimeOffset At, byte[] Body);
}

/// <summary>What is kept sealed of an event.</summary>
/// <param name="Notes">What the person remarked.</param>
/// <param name="Detail">The new review state, the name of the file, the number of the version that was brought back, or places of confidential answers.</param>
internal sealed record EventBody(string? Notes, string? Detail);

/// <summary>An event sealed and ready to be written.</summary>
internal sealed record PreparedEvent(Guid Row, string Action, ActorId Actor, DateTimeOffset At, byte[] Body);

/// <summary>An event read back.</summary>
/// <param name="Version">The version it is about; null when it is about the submission as a whole.</param>
/// <param name="Action">One of the words of <see cref="SubmissionEvents"/>.</param>
internal sealed record SubmissionEvent(int? Version, string Action, ActorId Actor, DateTimeOffset At, EventBody Body);
