using System.Text;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Accounts;

/// <summary>Keeps how a person likes the interface, for the whole server or one project. Everyone has their own and sees no other's.</summary>
internal sealed class Preferences(Db db, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int MostBytes = 16 * 1024;
    private const int MostPreferences = 1_000;
    private const int MostNameCharacters = 255;

    private const string OfActor = """
        select project_id, name, value::text as json from accounts.preferences
        where actor_id = @actor
        order by project_id, name
        """;
    private const string Put = """
        insert into accounts.preferences (actor_id, project_id, name, value, updated_at)
        select @actor, @project, @name, @json::jsonb, @now
        where (select count(*) from accounts.preferences where actor_id = @actor) < @most
            or exists (select from accounts.preferences where actor_id = @actor and project_id = @project and name = @name)
        on conflict (actor_id, project_id, name) do update set value = excluded.value, updated_at = excluded.updated_at
        """;
    private const string One = """
        select value::text from accounts.preferences where actor_id = @actor and project_id = @project and name = @name
        """;
    private const string Remove = """
        delete from accounts.preferences where actor_id = @actor and project_id = @project and name = @name
        """;

    /// <summary>Lists the actor's preferences; those of the whole server first.</summary>
    public Task<IReadOnlyList<Preference>> ListAsync(Actor actor, CancellationToken cancellationToken) =>
        db.ListAsync<Preference>(OfActor, new { actor = actor.Id.Value }, cancellationToken);

    /// <summary>Sets one of the actor's preferences.</summary>
    /// <param name="project">A project the actor may see; null for the whole server.</param>
    /// <param name="json">Any JSON.</param>
    /// <exception cref="ProblemException"><c>preference.too_large</c>, <c>preference.name_invalid</c>.</exception>
    public async Task SetAsync(Actor actor, ProjectRef? project, string name, string json, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        if (name.Length is 0 or > MostNameCharacters)
        {
            throw AccountProblems.PreferenceNameInvalid();
        }

        if (Encoding.UTF8.GetByteCount(json) > MostBytes)
        {
            throw AccountProblems.PreferenceTooLarge(MostBytes, MostPreferences);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var row = new
        {
            actor = actor.Id.Value,
            project = project?.Id.Value ?? 0,
            name,
            json,
            now = clock.GetUtcNow(),
            most = MostPreferences,
        };
        var before = await tx.FindAsync<string>(One, row, cancellationToken);
        if (await tx.ExecuteAsync(Put, row, cancellationToken) == 0)
        {
            throw AccountProblems.PreferenceTooLarge(MostBytes, MostPreferences);
        }

        await RecordAsync(tx, actor, project, "preference.set", new { name, value = before }, new { name, value = json }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Removes one of the actor's preferences.</summary>
    /// <exception cref="ProblemException"><c>preference.not_found</c>.</exception>
    public async Task RemoveAsync(Actor actor, ProjectRef? project, string name, CancellationToken cancellationToken)
    {
        WhoAsks.RequirePerson(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var key = new { actor = actor.Id.Value, project = project?.Id.Value ?? 0, name };
        var before = await tx.FindAsync<string>(One, key, cancellationToken);
        if (await tx.ExecuteAsync(Remove, key, cancellationToken) == 0)
        {
            throw AccountProblems.PreferenceUnknown();
        }

        await RecordAsync(tx, actor, project, "preference.remove", new { name, value = before }, null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private async Task RecordAsync(
        Tx tx, Actor actor, ProjectRef? project, string action, object before, object? after, CancellationToken cancellationToken)
    {
        var subject = actor.Id.ToString();
        await changes.AppendAsync(tx, actor, new Change(action, project, "account", subject, before, after), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent(action, project?.Id, "account", subject, null), cancellationToken);
    }
}

/// <summary>One preference.</summary>
/// <param name="ProjectId">0 for the whole server.</param>
/// <param name="Json">Its value.</param>
internal sealed record Preference(long ProjectId, string Name, string Json);
