using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Audit;

/// <summary>Sums up what was seen and taken out under support access. The caller checks access.</summary>
internal static class AuditOfSupport
{
    // A list tells its rows in its detail: “100 submissions”.
    private const string Sums = """
        select support_grant as grant,
            count(distinct subject_id) filter (where action in ('submission.read', 'submission.compare'))::integer as records,
            coalesce(sum(substring(detail from '^(?:at most )?([0-9]{1,9})')::bigint) filter (where action = 'submission.list'), 0)::bigint as rows,
            count(*) filter (where action = 'submission.read_file')::integer as files,
            count(*) filter (where action in ('submission.export', 'submission.export_download'))::integer as exports,
            min(at) as first_at, max(at) as last_at
        from audit.events
        where support_grant = any (@grants)
        group by support_grant
        """;

    /// <summary>Gives the sums of some grants; one under which nothing was done has none.</summary>
    public static async Task<IReadOnlyDictionary<long, SupportUse>> ListAsync(
        Sql sql, IEnumerable<long> grants, CancellationToken cancellationToken)
    {
        var rows = await sql.ListAsync<SupportUse>(Sums, new { grants = grants.Distinct().ToArray() }, cancellationToken);
        return rows.ToDictionary(row => row.Grant);
    }
}

/// <summary>What was done under one grant of support access.</summary>
/// <param name="Records">Submissions that were opened.</param>
/// <param name="Rows">Rows of tables that were shown.</param>
/// <param name="Files">Attachments that were opened.</param>
/// <param name="Exports">Exports that were made or downloaded.</param>
internal sealed record SupportUse(
    long Grant, int Records, long Rows, int Files, int Exports, DateTimeOffset? FirstAt, DateTimeOffset? LastAt);
