using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Tells how the rights at a place changed: roles given and taken there, below and above, its moves, and who joined units that hold any.</summary>
internal sealed class RightsHistory(Db db, TimeProvider clock)
{
    private const string Newest = """
        with recursive
        above as (
            select p.kind, p.id, p.parent_kind, p.parent_id, p.since, tstzrange(p.since, p.until) as held
            from access.places p where p.kind = @kind and p.id = @id
            union all
            select p.kind, p.id, p.parent_kind, p.parent_id, p.since, above.held * tstzrange(p.since, p.until)
            from above join access.places p
                on p.kind = above.parent_kind and p.id = above.parent_id and above.held && tstzrange(p.since, p.until)),
        below as (
            select p.kind, p.id, tstzrange(p.since, p.until) as held
            from access.places p where p.parent_kind = @kind and p.parent_id = @id
            union all
            select p.kind, p.id, below.held * tstzrange(p.since, p.until)
            from below join access.places p
                on p.parent_kind = below.kind and p.parent_id = below.id and below.held && tstzrange(p.since, p.until)),
        spots as (select kind, id, held from above union select kind, id, held from below),
        given as (
            select g.id, g.subject_kind, g.subject_id, g.role, g.scope_kind, g.scope_id, g.expires_at, g.granted_by, g.granted_at, g.ended_at, g.ended_by, s.held
            from spots s join access.grants g on g.scope_kind = s.kind and g.scope_id = s.id),
        named as (
            select g.subject_id as unit, range_agg(g.held * tstzrange(g.granted_at, g.ended_at)) as held
            from given g where g.subject_kind = 'unit' group by g.subject_id),
        told as (
            select granted_at as at, 'given' as what, id, granted_by as by, subject_kind, subject_id, role, scope_kind, scope_id
            from given where granted_at <@ held
            union
            select ended_at, 'ended', id, ended_by, subject_kind, subject_id, role, scope_kind, scope_id
            from given where ended_at <@ held
            union
            select expires_at, 'ended', id, null, subject_kind, subject_id, role, scope_kind, scope_id
            from given where ended_at is null and expires_at <= @now and expires_at <@ held
            union
            select since, 'moved', 0, null, null, null, null, parent_kind, parent_id
            from above where kind = @kind and id = @id and parent_id is not null
            union
            select m.since, 'joined', m.row_id, m.added_by, 'actor', m.actor_id, null, 'unit', m.unit_id
            from named join access.members m on m.unit_id = named.unit and m.since <@ named.held
            union
            select m.until, 'left', m.row_id, m.ended_by, 'actor', m.actor_id, null, 'unit', m.unit_id
            from named join access.members m on m.unit_id = named.unit and m.until <@ named.held)
        select at, what, id, by, subject_kind, subject_id, role, scope_kind, scope_id from told
        where @at::timestamptz is null or (at, what, id) < (@at::timestamptz, @what, @last)
        order by at desc, what desc, id desc
        limit @limit
        """;

    /// <summary>Lists changes, newest first.</summary>
    /// <param name="before">The last one known; null to begin.</param>
    public Task<IReadOnlyList<RightsChange>> ListAsync(Scope place, RightsChange? before, int limit, CancellationToken cancellationToken) =>
        db.ListAsync<RightsChange>(
            Newest,
            new
            {
                kind = ScopeNames.Of(place.Kind),
                id = place.Id,
                now = clock.GetUtcNow(),
                at = before?.At,
                what = before?.What ?? "",
                last = before?.Id ?? 0,
                limit,
            },
            cancellationToken);
}

/// <summary>One change of rights.</summary>
/// <param name="What"><c>given</c>, <c>ended</c>, <c>moved</c>, <c>joined</c> or <c>left</c>.</param>
/// <param name="Id">The grant or the membership; 0 for a move.</param>
/// <param name="By">Who did it; null when time did, and for moves.</param>
/// <param name="ScopeKind">Where the role holds; where it moved to; what was joined or left.</param>
internal sealed record RightsChange(
    DateTimeOffset At,
    string What,
    long Id,
    long? By,
    string? SubjectKind,
    long? SubjectId,
    string? Role,
    string ScopeKind,
    long ScopeId);
