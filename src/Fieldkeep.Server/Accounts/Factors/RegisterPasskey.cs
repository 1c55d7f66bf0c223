using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts.Factors;

/// <summary>Adds a passkey to one's own account. The first factor of an account brings recovery codes and ends its other sessions.</summary>
internal sealed class RegisterPasskey(
    Db db, Passkeys passkeys, RecoveryCodes recovery, AccountFactors factors, Sessions sessions, FactorNotices notices, FactorBook book)
{
    /// <summary>Adds the passkey; gives its id, and recovery codes when it is the first factor.</summary>
    /// <exception cref="ProblemException"><c>factor.name_invalid</c>, <c>factor.too_many</c>, <c>factor.passkey_unfit</c>.</exception>
    public async Task<(long Id, IReadOnlyList<string> RecoveryCodes)> RunAsync(
        Actor actor, Session session, string? name, ProvenPasskey passkey, CancellationToken cancellationToken)
    {
        var known = Passkeys.CheckName(name);
        await using var tx = await db.BeginAsync(cancellationToken);
        await AccountFactors.LockForAsync(tx, session, cancellationToken);
        var before = await factors.OfAsync(actor.Id, cancellationToken);
        if (before.Passkeys >= Passkeys.Most)
        {
            throw FactorProblems.TooMany(Passkeys.Most);
        }

        var id = await passkeys.AddAsync(tx, actor.Id, known, passkey, cancellationToken);
        await factors.RefreshAsync(tx, actor.Id, cancellationToken);
        IReadOnlyList<string> codes = [];
        if (!before.IsOn)
        {
            codes = await recovery.RenewAsync(tx, actor.Id, cancellationToken);
            await sessions.EndAllAsync(tx, actor.Id, session.Id, cancellationToken);
        }

        await notices.ChangedAsync(tx, actor.Id, cancellationToken);
        await book.AppendAsync(tx, actor, actor.Id, "factor.passkey_on", known, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return (id, codes);
    }

    /// <summary>Gives a passkey another name.</summary>
    /// <exception cref="ProblemException"><c>factor.name_invalid</c>, <c>factor.not_found</c>.</exception>
    public async Task RenameAsync(Actor actor, long id, string? name, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        var known = Passkeys.CheckName(name);
        await using var tx = await db.BeginAsync(cancellationToken);
        await Passkeys.RenameAsync(tx, actor.Id, id, known, cancellationToken);
        await book.AppendAsync(tx, actor, actor.Id, "factor.passkey_rename", known, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
