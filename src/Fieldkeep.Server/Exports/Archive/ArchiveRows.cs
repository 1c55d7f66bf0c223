using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Exports.Archive;

/// <summary>Keeps who asked for an archive of an organisation, and how far it came.</summary>
internal sealed class ArchiveRows(Db db, TimeProvider clock)
{
    /// <summary>How long after it was asked for an archive can be begun.</summary>
    public static readonly TimeSpan GoodFor = TimeSpan.FromHours(1);

    private const string Columns = "select id, unit_id, actor_id, asked_at, begun_at, finished_at, projects, submissions from exports.archives";
    private const string Insert = "insert into exports.archives (id, unit_id, actor_id, asked_at) values (@id, @unit, @actor, @now)";
    private const string OfUnit = Columns + " where unit_id = @unit order by asked_at desc limit 200";

    // Once: who wants it again asks again.
    private const string Take = """
        update exports.archives set begun_at = @now
        where id = @id and unit_id = @unit and actor_id = @actor and asked_at > @since and begun_at is null
        """;
    private const string Finish = "update exports.archives set finished_at = @now, projects = @projects, submissions = @submissions where id = @id";

    /// <summary>Writes down that somebody asks for one; gives its id.</summary>
    public async Task<Guid> InsertAsync(Tx tx, Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await tx.ExecuteAsync(Insert, new { id, unit = unit.Value, actor = actor.Id.Value, now }, cancellationToken);
        return id;
    }

    /// <summary>Lists those of a unit, newest first.</summary>
    public Task<IReadOnlyList<ArchiveRow>> ListAsync(UnitId unit, CancellationToken cancellationToken) =>
        db.ListAsync<ArchiveRow>(OfUnit, new { unit = unit.Value }, cancellationToken);

    /// <summary>Notes that one is begun; false when it is not theirs, too old, or was begun.</summary>
    public async Task<bool> TakeAsync(Tx tx, Actor actor, UnitId unit, Guid id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return await tx.ExecuteAsync(
            Take, new { id, unit = unit.Value, actor = actor.Id.Value, now, since = now - GoodFor }, cancellationToken) == 1;
    }

    /// <summary>Notes that all of it was sent.</summary>
    public Task FinishAsync(Tx tx, Guid id, ArchiveCounts counts, CancellationToken cancellationToken) => tx.ExecuteAsync(
        Finish, new { id, now = clock.GetUtcNow(), projects = counts.Projects, submissions = counts.Submissions }, cancellationToken);
}

/// <summary>An archive that was asked for.</summary>
/// <param name="FinishedAt">When all of it was sent; null when it was not, or broke off.</param>
internal sealed record ArchiveRow(
    Guid Id, long UnitId, long ActorId, DateTimeOffset AskedAt, DateTimeOffset? BegunAt, DateTimeOffset? FinishedAt, int Projects, long Submissions);

/// <summary>What an archive holds so far.</summary>
internal sealed class ArchiveCounts
{
    /// <summary>Projects written.</summary>
    public int Projects { get; set; }

    /// <summary>Submissions written.</summary>
    public long Submissions { get; set; }

    /// <summary>What could not be opened, a line for each.</summary>
    public IList<string> Damaged { get; } = [];

    /// <summary>What whoever asked may not see, a line for each.</summary>
    public IList<string> LeftOut { get; } = [];
}
