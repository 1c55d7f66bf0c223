using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Audit;

/// <summary>Reads what one person did and what was done to their account. The caller checks access.</summary>
internal sealed class AuditOfPerson(Db db)
{
    /// <summary>The most lines of one hour that are told one by one.</summary>
    public const int MostOfHour = 500;

    // Data actions are told by the hour: someone who sends 500 forms a day reads 10 lines, not 500.
    private const string Lines = """
        select id, at, actor_id, action, project_id, subject_kind, subject_id, detail, 1 as count
        from audit.events
        where (actor_id = @actor or (subject_kind = 'account' and subject_id = @subject))
            and action <> all (@left_out) and action not like 'submission.%' and action not like 'form.%'
            and (@any_project or project_id is null)
            and at <= @until and at >= @from and (@only = '' or action like @only)
        order by at desc, id desc
        limit @limit
        """;
    private const string Hours = """
        select max(id) as id, date_trunc('hour', at, 'UTC') as at, actor_id, action, project_id, '' as subject_kind, '' as subject_id,
            null as detail, count(*)::integer as count
        from audit.events
        where actor_id = @actor and (action like 'submission.%' or action like 'form.%')
            and at < @hours_until and at >= @from and (@only = '' or action like @only)
        group by date_trunc('hour', at, 'UTC'), actor_id, action, project_id
        order by 2 desc, 1 desc
        limit @limit
        """;
    private const string OneHour = """
        select id, at, actor_id, action, project_id, subject_kind, subject_id, detail, 1 as count
        from audit.events
        where actor_id = @actor and action = @action and project_id is not distinct from @project
            and at >= @hour and at < @next
        order by at desc, id desc
        limit @limit
        """;

    /// <summary>Gives lines of their own account and, by the hour, of their work with data; newest first.</summary>
    public async Task<IReadOnlyList<AuditOfPersonLine>> ListAsync(AuditOfPersonWish wish, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            actor = wish.Person.Value,
            subject = wish.Person.ToString(),
            left_out = wish.LeftOut.ToArray(),
            any_project = wish.AnyProject,
            until = wish.Until,
            hours_until = HourOf(wish.Until).AddHours(1),
            from = wish.From,
            only = wish.Only,
            limit = wish.Limit,
        };
        var lines = wish.WithLines ? await db.ListAsync<AuditOfPersonLine>(Lines, arguments, cancellationToken) : [];
        var hours = wish.WithHours ? await db.ListAsync<AuditOfPersonLine>(Hours, arguments, cancellationToken) : [];
        return [.. lines.Concat(hours).OrderByDescending(line => line.At).ThenByDescending(line => line.Id)];
    }

    /// <summary>Gives the beginning of the hour of an instant.</summary>
    public static DateTimeOffset HourOf(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    /// <summary>Gives the newest lines behind one line that stands for an hour.</summary>
    public Task<IReadOnlyList<AuditOfPersonLine>> ListOfHourAsync(
        ActorId person, string action, long? project, DateTimeOffset hour, CancellationToken cancellationToken) =>
        db.ListAsync<AuditOfPersonLine>(
            OneHour,
            new { actor = person.Value, action, project, hour, next = hour.AddHours(1), limit = MostOfHour },
            cancellationToken);
}

/// <summary>Which lines about a person are wanted.</summary>
/// <param name="WithLines">What they did with accounts, projects and settings, line by line.</param>
/// <param name="WithHours">What they did with forms and data, by the hour.</param>
/// <param name="AnyProject">Also lines that happened in a project.</param>
/// <param name="LeftOut">Actions that are not wanted.</param>
/// <param name="Only">A pattern of <c>like</c> that actions must fit; empty for all.</param>
/// <param name="Until">The last instant; of hours, that of their beginning.</param>
internal sealed record AuditOfPersonWish(
    ActorId Person,
    bool WithLines,
    bool WithHours,
    bool AnyProject,
    IReadOnlyList<string> LeftOut,
    string Only,
    DateTimeOffset From,
    DateTimeOffset Until,
    int Limit);

/// <summary>A line about a person, or one that stands for an hour.</summary>
/// <param name="At">When; the beginning of the hour when it stands for one.</param>
/// <param name="Count">How many lines it stands for.</param>
internal sealed record AuditOfPersonLine(
    long Id,
    DateTimeOffset At,
    long ActorId,
    string Action,
    long? ProjectId,
    string SubjectKind,
    string SubjectId,
    string? Detail,
    int Count);
