using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms;

/// <summary>Finds the form and project of versions, in the trash or not, published or not: for what was accepted some time ago.</summary>
internal static class FormsThen
{
    private const string Find = """
        select v.id, v.form_id, f.project_id, v.created_at, case when f.state = 'closed' then f.updated_at end as closed_at from forms.versions v join forms.forms f on f.id = v.form_id where v.id = any (@ids)
        """;

    /// <summary>Lists those that are there.</summary>
    public static Task<IReadOnlyList<VersionThen>> ListAsync(Sql sql, IEnumerable<FormVersionId> versions, CancellationToken cancellationToken) =>
        sql.ListAsync<VersionThen>(Find, new { ids = versions.Select(version => version.Value).Distinct().ToArray() }, cancellationToken);
}

/// <summary>A version of a form.</summary>
/// <param name="ClosedAt">When its form was changed last, if it is closed: it was closed then or before.</param>
internal sealed record VersionThen(FormVersionId Id, FormId FormId, ProjectId ProjectId, DateTimeOffset CreatedAt, DateTimeOffset? ClosedAt);
