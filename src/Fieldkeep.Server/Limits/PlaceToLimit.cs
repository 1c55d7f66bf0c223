using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Limits;

/// <summary>Finds the project or account that operators limit or suspend, trashed projects too. Of a project they learn its number and nothing else.</summary>
internal sealed class PlaceToLimit(AccountQueries accounts)
{
    private const string Projects = """
        select id from organisations.project_places_view
        where deleted_at is null and erased_at is null and (@all or id = any (@among)) and id <> all (@known)
        order by id limit @most
        """;
    private const string Project = "select id, key_id from organisations.project_places_view where id = @id and erased_at is null";

    /// <summary>Lists some projects that are there and not known yet.</summary>
    /// <param name="among">Those that are looked for; null for all.</param>
    public static Task<IReadOnlyList<long>> ListProjectsAsync(
        Sql sql, IReadOnlyCollection<long>? among, IReadOnlyCollection<long> known, int most, CancellationToken cancellationToken) =>
        sql.ListAsync<long>(
            Projects, new { all = among is null, among = (among ?? []).ToArray(), known = known.ToArray(), most }, cancellationToken);

    /// <summary>Gives the project, for the ledger; null for an account or the whole server.</summary>
    /// <exception cref="ProblemException"><c>limit.not_found</c>.</exception>
    public async Task<ProjectRef?> GetAsync(Sql sql, Scope place, CancellationToken cancellationToken)
    {
        if (place.Kind == ScopeKind.Installation)
        {
            return null;
        }

        if (place.Kind == ScopeKind.Account)
        {
            return await accounts.FindAsync(new ActorId(place.Id), cancellationToken) is null ? throw LimitProblems.NotFound() : null;
        }

        var found = await sql.FindAsync<Row>(Project, new { id = place.Id }, cancellationToken) ?? throw LimitProblems.NotFound();
        return new ProjectRef(new ProjectId(found.Id), found.KeyId);
    }

    private sealed record Row(long Id, Guid KeyId);
}
