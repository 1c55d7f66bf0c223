using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Ends a public link: its next request is refused. What came by it stays.</summary>
internal sealed class RevokePublicLink(
    Db db, Policy policy, GrantRows grants, ChangeLog changes, AuditLog audit, PublicLinkQueries links, TimeProvider clock)
{
    private const string Revoke = """
        update accounts.public_links set revoked_at = @now
        where actor_id = @id and form_id = @form and revoked_at is null
        """;

    /// <summary>Revoking twice is not an error. The caller has found the form in the project.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>public_link.not_found</c>.</exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, FormId form, ActorId link, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.PublicLinkRevoke, project.Id, form, cancellationToken);
        await links.GetAsync(form, link, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        var key = new { id = link.Value, form = form.Value, now = clock.GetUtcNow() };
        if (await tx.ExecuteAsync(Revoke, key, cancellationToken) == 0)
        {
            return;
        }

        await grants.EndAllAsync(tx, actor, link, cancellationToken);
        await changes.AppendAsync(
            tx,
            actor,
            new Change(
                "public_link.revoke", project, "public_link", link.ToString(), new { revoked = false }, new { revoked = true }),
            cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("public_link.revoke", project.Id, "public_link", link.ToString(), null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
    }
}
