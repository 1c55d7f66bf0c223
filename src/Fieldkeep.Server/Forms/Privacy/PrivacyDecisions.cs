using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Vault.Envelopes;

namespace Fieldkeep.Server.Forms.Privacy;

/// <summary>Keeps what authors answered to findings, sealed. Callers check access first.</summary>
internal sealed class PrivacyDecisions(Db db, Sealer sealer, TimeProvider clock)
{
    private const string BodyColumn = "forms.privacy_decisions.body";

    private const string Open = """
        select id, row_id, about, body, decided_by, decided_at from forms.privacy_decisions
        where form_id = @form and ended_at is null order by id
        """;

    private const string End = """
        update forms.privacy_decisions set ended_at = @now where form_id = @form and about = @about and ended_at is null
        returning id, row_id, about, body, decided_by, decided_at
        """;

    private const string Insert = """
        insert into forms.privacy_decisions (row_id, form_id, about, body, decided_by, decided_at)
        values (@row, @form, @about, @body, @by, @now) returning id
        """;

    /// <summary>Gives the answers that count, by what they are about.</summary>
    public async Task<IReadOnlyDictionary<string, PrivacyDecision>> ListAsync(
        ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        var rows = await db.ListAsync<DecisionRow>(Open, new { form }, cancellationToken);
        return rows.Select(row => Read(project, row)).ToDictionary(decision => decision.About, StringComparer.Ordinal);
    }

    /// <summary>Adds an answer in the caller's transaction, which has ended the one before.</summary>
    public async Task<PrivacyDecision> InsertAsync(
        Tx tx, Actor actor, ProjectRef project, FormId form, NewPrivacyDecision decision, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var row = Guid.CreateVersion7(now);
        var plain = JsonSerializer.SerializeToUtf8Bytes(new Body(decision.Because, decision.Found));
        var body = sealer.Seal(project, EnvelopePurpose.Record, BodyColumn, row, 1, plain);
        var id = await tx.GetAsync<long>(Insert, new { row, form, about = decision.About, body, by = actor.Id, now }, cancellationToken);
        return new PrivacyDecision(id, decision.About, decision.Because, decision.Found, actor.Id, now);
    }

    /// <summary>Ends the answer that counts in the caller's transaction and gives it; null when there is none.</summary>
    public async Task<PrivacyDecision?> EndAsync(
        Tx tx, ProjectRef project, FormId form, string about, CancellationToken cancellationToken) =>
        await tx.FindAsync<DecisionRow>(End, new { form, about, now = clock.GetUtcNow() }, cancellationToken) is { } row
            ? Read(project, row)
            : null;

    private PrivacyDecision Read(ProjectRef project, DecisionRow row)
    {
        var plain = sealer.Open(project, EnvelopePurpose.Record, BodyColumn, row.RowId, 1, row.Body);
        var body = JsonSerializer.Deserialize<Body>(plain)
            ?? throw new InvalidOperationException($"The privacy decision {row.Id} holds no reason.");
        return new PrivacyDecision(row.Id, row.About, body.Because, body.Found, row.DecidedBy, row.DecidedAt);
    }

    private sealed record Body(string Because, IReadOnlyList<string> Found);

    private sealed record DecisionRow(long Id, Guid RowId, string About, byte[] Body, ActorId DecidedBy, DateTimeOffset DecidedAt);
}

/// <summary>An answer to keep.</summary>
internal sealed record NewPrivacyDecision(string About, string Because, IReadOnlyList<string> Found);
