using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.Setup;

/// <summary>Tells whether this server still has to be set up: nobody has an account and there is no organisation.</summary>
internal sealed class SetupState(Db db)
{
    /// <summary>Tells it for a page or the command line.</summary>
    public Task<bool> IsNeededAsync(CancellationToken cancellationToken) => IsNeededAsync(db, cancellationToken);

    /// <summary>Tells it inside a transaction.</summary>
    public static async Task<bool> IsNeededAsync(Sql sql, CancellationToken cancellationToken) =>
        !await OrganisationQueries.AnyAsync(sql, cancellationToken) && !await AccountQueries.AnyAsync(sql, cancellationToken);
}
