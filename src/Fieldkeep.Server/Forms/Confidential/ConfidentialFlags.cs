using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.XForms.Confidentiality;

namespace Fieldkeep.Server.Forms.Confidential;

/// <summary>Keeps which questions are confidential beside what the form itself says. Callers check access first.</summary>
internal sealed class ConfidentialFlags(Db db, KeptForms kept, WhileAway away, Sealer sealer, TimeProvider clock)
{
    private const string ReasonColumn = "forms.confidential_flags.reason";

    private const string Count = """
        select count(*)::integer from forms.confidential_flags
        where form_id = @form and withdrawn_at is null and takes_effect_at <= @now
        """;

    private const string InEffect = """
        select path, radius, kind from (
            select distinct on (path) path, radius, kind from forms.confidential_flags
            where form_id = @form and withdrawn_at is null and takes_effect_at <= @now
            order by path, takes_effect_at desc, id desc) last
        where kind <> 'removed'
        """;

    private const string Changed = """
        select exists (
            select from forms.confidential_flags
            where form_id = @form and withdrawn_at is null and takes_effect_at <= @now and takes_effect_at > @since)
        """;

    // As long as another process may go on by what it knew.
    private static readonly TimeSpan UntilKnown = TimeSpan.FromSeconds(5);

    private const string All = """
        select id, row_id, path, kind, radius, reason, set_by, set_at, takes_effect_at from (
            select distinct on (path, takes_effect_at <= @now) * from forms.confidential_flags
            where form_id = @form and withdrawn_at is null
            order by path, takes_effect_at <= @now, takes_effect_at desc, id desc) last
        where kind <> 'removed' or takes_effect_at > @now
        order by path, takes_effect_at
        """;

    private const string Insert = """
        insert into forms.confidential_flags (row_id, form_id, path, kind, radius, reason, set_by, set_at, takes_effect_at)
        values (@row, @form, @path, @kind, @radius, @reason, @by, @now, @at)
        """;

    private const string Withdraw = """
        update forms.confidential_flags set withdrawn_at = @now
        where form_id = @form and path = @path and withdrawn_at is null and takes_effect_at > @now
        """;

    private const string Waiting = """
        select count(*)::integer from forms.confidential_flags
        where form_id = @form and withdrawn_at is null and takes_effect_at > set_at and takes_effect_at > @at
        """;

    private const string WithdrawWaiting = """
        update forms.confidential_flags set withdrawn_at = @now where form_id = @form and withdrawn_at is null and takes_effect_at > @now
        """;

    // What protects less takes effect later than it was set; of two servers one tells.
    private const string Untold = """
        select c.id, c.path, c.takes_effect_at, c.form_id, f.project_id, f.xml_form_id, c.set_by
        from forms.confidential_flags c
        join forms.forms f on f.id = c.form_id and f.deleted_at is null
        where c.takes_effect_at > c.set_at and c.withdrawn_at is null and c.told_effect_at is null and (c.told_at is null or c.takes_effect_at <= @now)
        order by c.id limit 1 for update of c skip locked
        """;

    private const string Told = """
        update forms.confidential_flags set told_at = coalesce(told_at, @now), told_effect_at = case when takes_effect_at <= @now then @now end where id = @id
        """;

    /// <summary>Counts the lines that have taken effect: the number that versions are split by.</summary>
    public ValueTask<int> CountAsync(FormId form, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return away.AskAsync(() => db.GetAsync<int>(Count, new { form, now }, cancellationToken), () => kept.CountFlags(form, now));
    }

    /// <summary>Tells whether a line has taken effect since a time, or a little before: what was made then may hold what is confidential now.</summary>
    public Task<bool> HasChangedAsync(FormId form, DateTimeOffset since, CancellationToken cancellationToken) =>
        db.GetAsync<bool>(Changed, new { form, since = since - UntilKnown, now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Gives what counts now.</summary>
    public ValueTask<IReadOnlyList<ConfidentialFlag>> ListInEffectAsync(FormId form, CancellationToken cancellationToken) =>
        away.AskAsync(() => ListInEffectAsync(db, form, cancellationToken), () => ListKept(form));

    /// <summary>Gives what counts now, as a transaction sees it.</summary>
    public Task<IReadOnlyList<ConfidentialFlag>> ListInEffectAsync(Sql sql, FormId form, CancellationToken cancellationToken) =>
        ListInEffectAsync(sql, form, clock.GetUtcNow(), cancellationToken);

    /// <summary>Gives what counted at a moment, if nothing that was set until then is withdrawn.</summary>
    public static async Task<IReadOnlyList<ConfidentialFlag>> ListInEffectAsync(Sql sql, FormId form, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var rows = await sql.ListAsync<FlagInEffect>(InEffect, new { form, now = at }, cancellationToken);
        return [.. rows.Select(row => new ConfidentialFlag(row.Path, row.Radius, row.Kind == ConfidentialLine.Declassified, null))];
    }

    private IReadOnlyList<ConfidentialFlag> ListKept(FormId form) =>
    [
        .. kept.FlagsInEffect(form, clock.GetUtcNow()).Where(flag => flag.Kind != "removed")
            .Select(flag => new ConfidentialFlag(flag.Path, flag.Radius, flag.Kind == ConfidentialLine.Declassified, null)),
    ];

    /// <summary>Lists what counts now and what will.</summary>
    public async Task<IReadOnlyList<ConfidentialLine>> ListAsync(ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<Row>(All, new { form, now = clock.GetUtcNow() }, cancellationToken);
        return [.. rows.Select(row => new ConfidentialLine(
            row.Path, row.Kind, row.Radius, ReasonOf(project, row), row.SetBy, row.SetAt, row.TakesEffectAt))];
    }

    /// <summary>Adds a line in the caller's transaction.</summary>
    public Task InsertAsync(
        Tx tx, Actor actor, ProjectRef project, FormId form, NewConfidentialLine line, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var arguments = new
        {
            row,
            form,
            path = line.Path,
            kind = line.Kind,
            radius = line.Radius,
            reason = line.Reason is { } reason
                ? sealer.Seal(project, EnvelopePurpose.Record, ReasonColumn, row, 1, Encoding.UTF8.GetBytes(reason))
                : null,
            by = actor.Id,
            now,
            at = now + line.After,
        };
        return tx.ExecuteAsync(Insert, arguments, cancellationToken);
    }

    /// <summary>Takes back what has not taken effect yet about a path, in the caller's transaction; gives whether there was something.</summary>
    public async Task<bool> WithdrawAsync(Tx tx, FormId form, string path, CancellationToken cancellationToken) =>
        await tx.ExecuteAsync(Withdraw, new { form, path, now = clock.GetUtcNow() }, cancellationToken) > 0;

    /// <summary>Counts what protects less and did not count yet at a moment; takes back, in the caller's transaction, what does not count now either.</summary>
    public async Task<int> WithdrawWaitingAsync(Tx tx, FormId form, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var waiting = await tx.GetAsync<int>(Waiting, new { form, at }, cancellationToken);
        await tx.ExecuteAsync(WithdrawWaiting, new { form, now = clock.GetUtcNow() }, cancellationToken);
        return waiting;
    }

    /// <summary>Finds a line that protects less and that people are to be told of, now that it was set or now that it counts; holds it until the commit.</summary>
    public Task<UntoldLine?> FindUntoldAsync(Tx tx, CancellationToken cancellationToken) =>
        tx.FindAsync<UntoldLine>(Untold, new { now = clock.GetUtcNow() }, cancellationToken);

    /// <summary>Notes that people were told of a line as it is now.</summary>
    public Task NoteToldAsync(Tx tx, UntoldLine line, CancellationToken cancellationToken) =>
        tx.ExecuteAsync(Told, new { id = line.Id, now = clock.GetUtcNow() }, cancellationToken);

    private string? ReasonOf(ProjectRef project, Row row) => row.Reason is { } reason
        ? Encoding.UTF8.GetString(sealer.Open(project, EnvelopePurpose.Record, ReasonColumn, row.RowId, 1, reason))
        : null;

    private sealed record FlagInEffect(string Path, double? Radius, string Kind);

    private sealed record Row(
        long Id,
        Guid RowId,
        string Path,
        string Kind,
        double? Radius,
        byte[]? Reason,
        ActorId SetBy,
        DateTimeOffset SetAt,
        DateTimeOffset TakesEffectAt);
}

/// <summary>What was set about a path beside its form.</summary>
/// <param name="Kind"><see cref="Marked"/>, <see cref="Declassified"/> or <see cref="Removed"/>.</param>
/// <param name="Radius">Metres within which a point is shown displaced; null when none is shown.</param>
/// <param name="Reason">Why; null for a mark.</param>
/// <param name="TakesEffectAt">From when it counts.</param>
internal sealed record ConfidentialLine(
    string Path, string Kind, double? Radius, string? Reason, ActorId SetBy, DateTimeOffset SetAt, DateTimeOffset TakesEffectAt)
{
    /// <summary>The question is confidential.</summary>
    public const string Marked = "marked";

    /// <summary>The question is not confidential, whatever the form says or it reads.</summary>
    public const string Declassified = "declassified";

    /// <summary>Nothing is set any more: the form alone decides.</summary>
    public const string Removed = "removed";
}

/// <summary>A line to add.</summary>
/// <param name="After">How long after now it takes effect.</param>
internal sealed record NewConfidentialLine(string Path, string Kind, double? Radius, string? Reason, TimeSpan After);

/// <summary>A line that protects less and that people are to be told of.</summary>
internal sealed record UntoldLine(long Id, string Path, DateTimeOffset TakesEffectAt, FormId FormId, long ProjectId, string XmlFormId, ActorId SetBy);
