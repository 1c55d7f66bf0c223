using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Purging;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Lifecycle;

/// <summary>Keeps reports of what was deleted or taken out for good: how much and when, never whose it was.</summary>
internal sealed class ReportRows(Db db, Keyring keyring, ChangeLog changes, TimeProvider clock)
{
    private const string ReasonName = "lifecycle.reports.reason";

    private const string Insert = """
        insert into lifecycle.reports (project_id, kind, by_actor, at, finished_at, counts, checksum, row_id, reason, reason_salt)
        values (@project, @kind, @by, @now, @now, @counts::jsonb, @checksum, @row, @reason, @salt)
        returning id
        """;

    private const string All = """
        select id, kind, by_actor, at, counts::text as counts, checksum, row_id, reason from lifecycle.reports
        where project_id = @project order by id desc limit 500
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes one in a transaction of its own.</summary>
    public async Task WriteAsync(Actor actor, NewReport report, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await JoinAsync(tx, actor, report, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Writes one in the caller's transaction, with its entry in the ledger.</summary>
    public async Task JoinAsync(Tx tx, Actor actor, NewReport report, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        // The reason may name people: the ledger proves it and does not keep it.
        var why = report.Reason is { } reason ? Commitment.To(reason) : null;
        var checksum = report.Subjects is null ? null : ChecksumOf(report.Subjects);
        var id = await tx.GetAsync<long>(
            Insert,
            new
            {
                project = report.Project.Id,
                kind = report.Kind,
                by = actor.Id,
                now,
                counts = JsonSerializer.Serialize(report.Counts, Json),
                checksum,
                row,
                salt = why?.Salt,
                reason = report.Reason is null ? null : SealedReason.Seal(keyring, ReasonName, row, report.Reason),
            },
            cancellationToken);
        var after = new { report = id, report.Kind, report.Counts, checksum = checksum is null ? null : Convert.ToHexStringLower(checksum), reasonHash = why?.Hash };
        await changes.AppendAsync(
            tx, actor, new Change("project.deletion_report", report.Project, "project", report.Project.Id.ToString(), null, after), cancellationToken);
    }

    /// <summary>Lists the reports of a project, newest first. Callers check access first.</summary>
    public async Task<IReadOnlyList<Report>> ListAsync(ProjectId project, CancellationToken cancellationToken) =>
        [.. (await db.ListAsync<ReportRow>(All, new { project }, cancellationToken)).Select(Of)];

    // Over the ids in order: whoever still holds the list can show that it was this one, and nobody reads the list out of it.
    private static byte[] ChecksumOf(IEnumerable<string> subjects) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', subjects.Order(StringComparer.Ordinal))));

    private Report Of(ReportRow row) => new(
        row.Id,
        row.Kind,
        row.ByActor,
        row.At,
        JsonSerializer.Deserialize<ReportCounts>(row.Counts, Json) ?? new ReportCounts(),
        row.Checksum is null ? null : Convert.ToHexStringLower(row.Checksum),
        row.Reason is null ? null : SealedReason.Open(keyring, ReasonName, row.RowId, row.Reason));

    private sealed record ReportRow
    {
        public long Id { get; init; }

        public string Kind { get; init; } = "";

        public ActorId ByActor { get; init; }

        public DateTimeOffset At { get; init; }

        public string Counts { get; init; } = "";

        public byte[]? Checksum { get; init; }

        public Guid RowId { get; init; }

        public byte[]? Reason { get; init; }
    }
}

/// <summary>A report to be written.</summary>
/// <param name="Kind">purge, erase, mask, pseudonymise or retention.</param>
internal sealed record NewReport(ProjectRef Project, string Kind, ReportCounts Counts, string? Reason)
{
    /// <summary>The instance ids it was about, of which only a checksum is kept; null for none.</summary>
    public IReadOnlyCollection<string>? Subjects { get; init; }
}

/// <summary>A report.</summary>
/// <param name="Checksum">SHA-256 over the instance ids in order, one a line; null for none.</param>
internal sealed record Report(long Id, string Kind, ActorId By, DateTimeOffset At, ReportCounts Counts, string? Checksum, string? Reason);

/// <summary>How much was deleted or taken out.</summary>
internal sealed record ReportCounts
{
    /// <summary>Submissions that it was about.</summary>
    public long Submissions { get; init; }

    /// <summary>Versions of them.</summary>
    public long Versions { get; init; }

    /// <summary>Files.</summary>
    public long Files { get; init; }

    /// <summary>Forms.</summary>
    public long Forms { get; init; }

    /// <summary>Answers that were emptied or replaced.</summary>
    public long Answers { get; init; }

    /// <summary>Submissions that a hold kept as they are.</summary>
    public long Held { get; init; }

    /// <summary>What a purge counted.</summary>
    public static ReportCounts Of(PurgedCount count) => new() { Submissions = count.Submissions, Versions = count.Versions, Files = count.Files };
}
