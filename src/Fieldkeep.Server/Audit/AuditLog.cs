using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Audit;

/// <summary>Writes and reads who did or saw what, when, through which door, from where.</summary>
internal sealed class AuditLog(Db db, AuditNotes notes, CallerPseudonyms callers, TimeProvider clock)
{
    /// <summary>The longest part of the list given at once, in rows.</summary>
    public const int MostRows = 500;

    private const string Insert = """
        insert into audit.events
            (at, actor_id, actor_kind, door, action, project_id, subject_kind, subject_id, detail, caller, notes_row, notes, support_grant)
        values
            (@at, @actor, @actor_kind, @door, @action, @project, @subject_kind, @subject_id, @detail, @caller, @notes_row, @notes, @support_grant)
        """;

    // One round trip for a whole batch of submissions.
    private const string InsertMany = """
        insert into audit.events
            (at, actor_id, actor_kind, door, action, project_id, subject_kind, subject_id, detail, caller, notes_row, notes, support_grant)
        select @at, actor, actor_kind, door, action, project, subject_kind, subject_id, detail, caller, notes_row, notes, support_grant
        from unnest(
            @actors, @actor_kinds, @doors, @actions, @projects, @subject_kinds, @subject_ids, @details, @callers,
            @notes_rows, @notes, @support_grants)
            as rows (actor, actor_kind, door, action, project, subject_kind, subject_id, detail, caller, notes_row, notes, support_grant)
        """;

    private const string ForgetNotes = """
        update audit.events set notes = null, notes_row = null
        where project_id = @project and subject_kind = @kind and subject_id = any (@subjects) and notes is not null
        """;

    private const string Newest = """
        select id, at, actor_id, actor_kind, door, action, project_id, subject_kind, subject_id, detail, support_grant
        from audit.events
        where (@everything or project_id = any (@projects) or (@with_server and project_id is null))
            and (@before_id::bigint is null or id < @before_id)
            and (@before_at::timestamptz is null or at < @before_at)
            and (@actor::bigint is null or actor_id = @actor)
            and (@action::text is null or action = @action)
            and (@kind::text is null or subject_kind = @kind)
            and (@since::timestamptz is null or at >= @since)
            and (@until::timestamptz is null or at < @until)
        order by id desc
        limit @limit
        """;

    /// <summary>
    /// Forgets what people wrote about why they did something with subjects of a project that were erased; the lines themselves stay, and those of
    /// other projects keep what was written: the same instance id may be theirs too.
    /// </summary>
    public static Task ForgetNotesAsync(
        Tx tx, ProjectId project, string kind, IReadOnlyCollection<string> subjects, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(ForgetNotes, new { project = project.Value, kind, subjects = subjects.ToArray() }, cancellationToken);

    /// <summary>Adds a line; with a <see cref="Tx"/> it is kept exactly when the change is.</summary>
    public Task AppendAsync(Sql sql, Actor actor, AuditEvent line, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var noted = notes.Seal(actor, now);
        return sql.ExecuteAsync(
            Insert,
            new
            {
                at = now,
                actor = actor.Id.Value,
                actor_kind = NameOf(actor.Kind),
                door = NameOf(actor.Door),
                action = line.Action,
                project = line.Project?.Value,
                subject_kind = line.SubjectKind,
                subject_id = line.SubjectId,
                detail = line.Detail,
                caller = callers.Of(actor.Address),
                notes_row = noted?.Row,
                notes = noted?.Sealed,
                support_grant = actor.Support.Grant,
            },
            cancellationToken);
    }

    /// <summary>Adds up to a few hundred lines of several actors in one statement.</summary>
    public Task AppendManyAsync(
        Tx tx, IReadOnlyList<(Actor Actor, AuditEvent Line)> lines, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var noted = lines.Select(line => notes.Seal(line.Actor, now)).ToList();
        return tx.ExecuteAsync(
            InsertMany,
            new
            {
                at = now,
                actors = lines.Select(line => line.Actor.Id.Value).ToArray(),
                actor_kinds = lines.Select(line => NameOf(line.Actor.Kind)).ToArray(),
                doors = lines.Select(line => NameOf(line.Actor.Door)).ToArray(),
                actions = lines.Select(line => line.Line.Action).ToArray(),
                projects = lines.Select(line => line.Line.Project?.Value).ToArray(),
                subject_kinds = lines.Select(line => line.Line.SubjectKind).ToArray(),
                subject_ids = lines.Select(line => line.Line.SubjectId).ToArray(),
                details = lines.Select(line => line.Line.Detail).ToArray(),
                callers = lines.Select(line => callers.Of(line.Actor.Address)).ToArray(),
                notes_rows = noted.Select(note => note?.Row).ToArray(),
                notes = noted.Select(note => note?.Sealed).ToArray(),
                support_grants = lines.Select(line => line.Actor.Support.Grant).ToArray(),
            },
            cancellationToken);
    }

    /// <summary>Lists lines, newest first. The caller has asked Access which projects the reader may audit.</summary>
    /// <param name="projects">Only lines of these projects; null for every line of the server.</param>
    /// <param name="hasServer">Whether lines that belong to no project are wanted too.</param>
    /// <param name="before">A row id or an instant (RFC 3339) to continue before; null to begin.</param>
    /// <exception cref="ProblemException"><c>audit.bad_cursor</c>.</exception>
    public Task<Page<AuditRow>> ListAsync(
        IReadOnlyList<long>? projects, bool hasServer, string? before, int limit, CancellationToken cancellationToken) =>
        ListAsync(projects, hasServer, new AuditWish(null, null, null, null, null), before, limit, cancellationToken);

    /// <summary>Lists those lines that are wanted, as the other <c>ListAsync</c> does.</summary>
    /// <exception cref="ProblemException"><c>audit.bad_cursor</c>.</exception>
    public async Task<Page<AuditRow>> ListAsync(
        IReadOnlyList<long>? projects, bool hasServer, AuditWish wish, string? before, int limit, CancellationToken cancellationToken)
    {
        var (id, at) = CursorOf(before);
        var most = Math.Clamp(limit, 1, MostRows);
        var rows = await db.ListAsync<AuditRow>(
            Newest,
            new
            {
                everything = projects is null,
                projects = projects?.ToArray() ?? [],
                with_server = hasServer,
                before_id = id,
                before_at = at,
                actor = wish.Actor,
                action = wish.Action,
                kind = wish.Kind,
                since = wish.Since,
                until = wish.Until,
                limit = most,
            },
            cancellationToken);
        return new Page<AuditRow>(rows, rows.Count == most ? rows[^1].Id.ToString() : null);
    }

    private static (long? Id, DateTimeOffset? At) CursorOf(string? before) => before switch
    {
        null or "" => (null, null),
        _ when long.TryParse(before, out var id) => (id, null),
        _ when DateTimeOffset.TryParse(before, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) =>
            (null, at.ToUniversalTime()),
        _ => throw new ProblemException(
            "audit.bad_cursor", 400, $"“before” is “{before}”; give the instant or the id of the last line you have."),
    };

    private static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
