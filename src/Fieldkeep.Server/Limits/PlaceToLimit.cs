using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Limits;

/// <summary>Finds the project or account that operators limit or suspend, trashed projects too. Of a project they learn its number and nothing else.</summary>
internal sealed class PlaceToLimit(AccountQueries accounts)
{
    private const string Project = "select id, key_id from organisations.project_places_view where id = @id and erased_at is null";

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
