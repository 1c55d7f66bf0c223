using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>Joins an identity at the provider to an account, and tells its owner; from then on it signs in without the password.</summary>
internal sealed class JoinIdentity(ProviderClient provider, ExternalIdentities identities, AccountLetters letters, AuditLog audit)
{
    /// <summary>Joins them in the caller's transaction, once all that the account asks for was shown.</summary>
    /// <exception cref="ProblemException"><c>external.attempt_refused</c>: the identity was joined to an account meanwhile.</exception>
    public async Task JoinAsync(
        Tx tx, Actor caller, Account account, ExternalIdentity identity, CancellationToken cancellationToken)
    {
        if (!await identities.LinkAsync(tx, account.Id, identity, cancellationToken))
        {
            throw ExternalProblems.AttemptRefused();
        }

        var owner = new Actor(account.Id, ActorKind.Account, account.DisplayName, caller.Door, caller.Address);
        await audit.AppendAsync(
            tx, owner, new AuditEvent("account.link", null, "account", account.Id.ToString(), "external"), cancellationToken);
        await letters.AppendAsync(tx, account.Id, "external_linked", [("provider", provider.Settings.Name)], cancellationToken);
    }
}
