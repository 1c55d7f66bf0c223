using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Submissions;

/// <summary>Tells to which form a submission belongs, for books that name its instance id alone. Callers check access first.</summary>
internal sealed class FormsOfSubmissions(Db db)
{
    private const string Sent = """
        select distinct on (instance_id) instance_id, form_id from submissions.submissions
        where form_id = any (@forms) and not is_draft and instance_id = any (@instances) and deleted_at is null
        order by instance_id, form_id
        """;

    /// <summary>Gives the number of the form by instance id; those that are not there, or in the trash, are left out.</summary>
    public async Task<IReadOnlyDictionary<string, long>> ReadAsync(long[] forms, string[] instances, CancellationToken cancellationToken) =>
        (await db.ListAsync<Row>(Sent, new { forms, instances }, cancellationToken)).ToDictionary(row => row.InstanceId, row => row.FormId, StringComparer.Ordinal);

    private sealed record Row(string InstanceId, long FormId);
}
