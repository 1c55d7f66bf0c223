using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Creates a public link: a token by which anyone may fill in one form while it is open.</summary>
internal sealed class CreatePublicLink(
    Db db, Policy policy, GrantRows grants, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const string Insert = """
        insert into accounts.public_links (actor_id, project_id, form_id, token_hash, once, created_by)
        values (@id, @project, @form, @hash, @once, @by)
        """;

    /// <summary>Creates the link; its token is in the answer and nowhere else. The caller has found the form in the project.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>account.name_invalid</c>.</exception>
    public async Task<NewPublicLink> RunAsync(
        Actor actor, ProjectRef project, FormId form, string displayName, bool once, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.PublicLinkCreate, project.Id, form, cancellationToken);
        policy.RequireConfirmed(actor);
        var name = AccountRows.CheckName(displayName, "displayName");
        var token = SecretToken.Create();
        var now = clock.GetUtcNow();
        await using var tx = await db.BeginAsync(cancellationToken);
        await LiveCredentials.RequireAsync(tx, actor, now, cancellationToken);
        var id = await AccountRows.InsertActorAsync(tx, "public_link", name, now, cancellationToken);
        await tx.ExecuteAsync(
            Insert,
            new
            {
                id = id.Value,
                project = project.Id.Value,
                form = form.Value,
                hash = SecretToken.HashOf(token),
                once,
                by = actor.Id.Value,
            },
            cancellationToken);
        await grants.AddAsync(tx, actor, new Grant(id, RolePermissions.PublicLink, Scope.Of(form)), cancellationToken);
        var after = new { displayName = name, form = form.Value, once };
        await changes.AppendAsync(
            tx, actor, new Change("public_link.create", project, "public_link", id.ToString(), null, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("public_link.create", project.Id, "public_link", id.ToString(), name), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        policy.Forget();
        var link = new PublicLink(id, project.Id, form, name, once, actor.Id.Value, now, null, null);
        return new NewPublicLink(link, token);
    }
}
