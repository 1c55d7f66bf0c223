using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Accounts;

/// <summary>Lists and counts public links. Tokens are never among it: only their hashes are kept. Callers check access first.</summary>
internal sealed class PublicLinkQueries(Db db)
{
    private const string Columns = """
        select actors.id, public_links.project_id, public_links.form_id, actors.display_name, public_links.once,
            public_links.created_by, actors.created_at, actors.updated_at, public_links.revoked_at
        from accounts.public_links
        join accounts.actors on actors.id = public_links.actor_id

        """;
    private const string OfForm = Columns + " where public_links.form_id = @form order by actors.id desc limit 10000";
    private const string One = Columns + " where public_links.form_id = @form and actors.id = @id";
    private const string CountLive = """
        select form_id, count(*) as live
        from accounts.public_links where project_id = @project and revoked_at is null
        group by form_id
        """;

    /// <summary>Lists a form's public links, newest first, revoked ones too.</summary>
    public Task<IReadOnlyList<PublicLink>> ListAsync(FormId form, CancellationToken cancellationToken) =>
        db.ListAsync<PublicLink>(OfForm, new { form = form.Value }, cancellationToken);

    /// <summary>Gets one of a form's public links.</summary>
    /// <exception cref="ProblemException"><c>public_link.not_found</c>.</exception>
    public async Task<PublicLink> GetAsync(FormId form, ActorId link, CancellationToken cancellationToken) =>
        await db.FindAsync<PublicLink>(One, new { form = form.Value, id = link.Value }, cancellationToken)
            ?? throw AccountProblems.PublicLinkUnknown();

    /// <summary>Counts the links of each form of a project that are not revoked; forms without any are left out.</summary>
    public async Task<IReadOnlyDictionary<long, int>> CountAsync(ProjectId project, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Counted>(CountLive, new { project = project.Value }, cancellationToken);
        return rows.ToDictionary(row => row.FormId, row => (int)row.Live);
    }

    private sealed record Counted(long FormId, long Live);
}
