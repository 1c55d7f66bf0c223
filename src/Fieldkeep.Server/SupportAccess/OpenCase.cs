using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Lets the operator of a case in: a grant with an end, the books and the letters, in the caller's transaction.</summary>
internal sealed class OpenCase(GrantRows grants, CaseRows cases, CaseBook book, SupportLetters letters, TimeProvider clock)
{
    /// <summary>Opens the case. The caller has asked for access, and calls <see cref="Policy.Forget"/> after the commit.</summary>
    /// <exception cref="ProblemException"><c>support.self</c>, <c>support.held</c>, <c>support.no_owner</c>.</exception>
    public async Task<SupportCase> JoinAsync(Tx tx, Actor by, SupportCase asked, CancellationToken cancellationToken)
    {
        if (WhoAsks.IsSelf(by, asked.Operator))
        {
            throw SupportProblems.Self();
        }

        var now = clock.GetUtcNow();
        var expires = now.AddMinutes(asked.Minutes);
        var grant = new Grant(asked.Operator, asked.Role, asked.Scope) { ExpiresAt = expires };
        var id = await grants.TryAddAsync(tx, by, grant, cancellationToken) ?? throw SupportProblems.Held();
        var opened = asked with { DecidedBy = by.Id, DecidedAt = now, Grant = id, ExpiresAt = expires };
        await cases.ApproveAsync(tx, by, opened, cancellationToken);
        await book.AppendAsync(tx, by, opened, "open", cancellationToken);
        await letters.OpenedAsync(tx, opened, cancellationToken);
        return opened;
    }
}
