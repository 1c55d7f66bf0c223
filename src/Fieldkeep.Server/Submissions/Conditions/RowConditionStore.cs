using System.Buffers;
using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.XForms.Conditions;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Keeps row conditions, sealed. Callers check access first.</summary>
internal sealed class RowConditionStore(Db db, Sealer sealer, TimeProvider clock)
{
    private const string BodyColumn = "submissions.row_conditions.body";

    private const string OfForm = """
        select id, row_id, form_id, body, kinds, created_by, created_at, ready_at
        from submissions.row_conditions where form_id = @form and deleted_at is null order by id
        """;

    private const string Forms = """
        select distinct c.form_id, c.project_id from submissions.row_conditions c where c.deleted_at is null order by c.form_id
        """;

    private const string Ready = """
        select id from submissions.row_conditions
        where id = any (@ids) and form_id = @form and ready_at is not null and deleted_at is null
        order by id
        """;

    private const string Insert = """
        insert into submissions.row_conditions (row_id, project_id, form_id, body, kinds, created_by, created_at)
        values (@row, @project, @form, @body, @kinds, @by, @now) returning id
        """;

    private const string Remove = """
        update submissions.row_conditions set deleted_at = @now, ready_at = null where id = @id and form_id = @form and deleted_at is null
        """;

    private const string SetReady = """
        update submissions.row_conditions c set ready_at = @now
        from unnest(@ids::bigint[], @kinds::text[]) as asked (id, kinds)
        where c.id = asked.id and c.kinds = asked.kinds and c.ready_at is null and c.deleted_at is null
        """;

    private const string BeginAgain = """
        update submissions.row_conditions set kinds = @kinds, ready_at = null where id = @id
        """;

    // In the order that RowMatches writes them: whoever forgets and whoever writes never wait for each other in a circle.
    private const string ForgetMatches = """
        with held as materialized (
            select submission_id from submissions.row_matches where condition_id = @id order by submission_id for update)
        delete from submissions.row_matches m using held where m.submission_id = held.submission_id and m.condition_id = @id
        """;

    /// <summary>Lists the conditions of a form, oldest first.</summary>
    public async Task<IReadOnlyList<RowConditionItem>> ListAsync(ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<ConditionRow>(OfForm, new { form }, cancellationToken);
        return [.. rows.Select(row => Open(project, row))];
    }

    /// <summary>Lists the forms that have conditions.</summary>
    public Task<IReadOnlyList<FormOfConditions>> ListFormsAsync(CancellationToken cancellationToken) =>
        db.ListAsync<FormOfConditions>(Forms, null, cancellationToken);

    /// <summary>Gives those of some conditions that are of this form and ready.</summary>
    public Task<IReadOnlyList<long>> ListReadyAsync(FormId form, IEnumerable<long> ids, CancellationToken cancellationToken) =>
        db.ListAsync<long>(Ready, new { form, ids = ids.ToArray() }, cancellationToken);

    /// <summary>Adds a condition in the caller's transaction and gives it.</summary>
    public async Task<RowConditionItem> InsertAsync(
        Tx tx, Actor actor, ProjectRef project, FormId form, string name, BoundCondition condition, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var body = sealer.Seal(project, EnvelopePurpose.Record, BodyColumn, row, 1, Write(name, condition.Condition));
        var id = await tx.GetAsync<long>(
            Insert,
            new { row, project = project.Id, form, body, kinds = condition.Kinds, by = actor.Id, now },
            cancellationToken);
        return new RowConditionItem(id, form, name, condition.Condition, condition.Kinds, actor.Id, now, null);
    }

    /// <summary>Removes a condition in the caller's transaction, with what was found; false when there is none.</summary>
    public async Task<bool> RemoveAsync(Tx tx, FormId form, long id, CancellationToken cancellationToken)
    {
        if (await tx.ExecuteAsync(Remove, new { form, id, now = clock.GetUtcNow() }, cancellationToken) == 0)
        {
            return false;
        }

        await tx.ExecuteAsync(ForgetMatches, new { id }, cancellationToken);
        return true;
    }

    /// <summary>Notes that every submission was asked, by the kinds they were asked with: a condition that was begun again meanwhile is not ready.</summary>
    public Task SetReadyAsync(IReadOnlyList<(long Id, string Kinds)> asked, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            ids = asked.Select(one => one.Id).ToArray(),
            kinds = asked.Select(one => one.Kinds).ToArray(),
            now = clock.GetUtcNow(),
        };
        return db.ExecuteAsync(SetReady, arguments, cancellationToken);
    }

    /// <summary>Forgets what was found: the form compares the questions otherwise now. Until all were asked again it shows nothing.</summary>
    public async Task BeginAgainAsync(long id, string kinds, CancellationToken cancellationToken)
    {
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(BeginAgain, new { id, kinds }, cancellationToken);
        await tx.ExecuteAsync(ForgetMatches, new { id }, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    /// <summary>Gives what the ledger keeps of a condition.</summary>
    public static object StateOf(RowConditionItem item)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            ConditionWriter.Write(json, item.Condition);
        }

        return new { form = item.Form.Value, item.Name, condition = JsonSerializer.Deserialize<JsonElement>(output.WrittenSpan) };
    }

    private static ReadOnlySpan<byte> Write(string name, RowCondition condition)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, name);
            json.WritePropertyName("condition"u8);
            ConditionWriter.Write(json, condition);
            json.WriteEndObject();
        }

        return output.WrittenSpan;
    }

    private RowConditionItem Open(ProjectRef project, ConditionRow row)
    {
        var plain = sealer.Open(project, EnvelopePurpose.Record, BodyColumn, row.RowId, 1, row.Body);
        using var json = JsonDocument.Parse(plain);
        return new RowConditionItem(
            row.Id,
            row.FormId,
            json.RootElement.GetProperty("name").GetString() ?? "",
            ConditionReader.Read(json.RootElement.GetProperty("condition")),
            row.Kinds,
            row.CreatedBy,
            row.CreatedAt,
            row.ReadyAt);
    }

    private sealed record ConditionRow(
        long Id, Guid RowId, FormId FormId, byte[] Body, string Kinds, ActorId CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ReadyAt);
}

/// <summary>A form that has conditions.</summary>
internal sealed record FormOfConditions(FormId FormId, ProjectId ProjectId);
