using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Knows who can be given support access: operators of the server with a second factor.</summary>
internal sealed class SupportOperators(Db db, GrantRows grants, AccountFactors factors)
{
    /// <summary>Lists them, by name.</summary>
    public async Task<IReadOnlyList<AccountContact>> ListAsync(CancellationToken cancellationToken)
    {
        var holders = await grants.ListHoldersAsync(db, [RolePermissions.Operator], [Scope.Installation], cancellationToken);
        var fit = new List<long>();
        foreach (var holder in holders)
        {
            if ((await factors.OfAsync(new ActorId(holder), cancellationToken)).IsOn)
            {
                fit.Add(holder);
            }
        }

        return [.. (await AccountContacts.ListAsync(db, fit, cancellationToken)).OrderBy(person => person.DisplayName, StringComparer.Ordinal)];
    }

    /// <summary>Refuses everyone else, in the same words whether they exist or not.</summary>
    /// <exception cref="ProblemException"><c>support.operator_unfit</c>.</exception>
    public async Task RequireFitAsync(ActorId person, CancellationToken cancellationToken)
    {
        if ((await ListAsync(cancellationToken)).All(fit => fit.Id != person))
        {
            throw SupportProblems.OperatorUnfit();
        }
    }
}
