using System.Text.Json;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Ledger;

/// <summary>Writes the ledger: every change as one entry, in the transaction of the change itself.</summary>
/// <remarks>Entry and leaf are laid out in docs/formats/ledger.md. <see cref="SealEntries"/> makes the entries a signed Merkle log.</remarks>
internal sealed class ChangeLog(Keyring keyring, TimeProvider clock)
{
    /// <summary>The column that envelopes of ledger bodies are bound to.</summary>
    public const string BodyColumn = "ledger.entries.body";

    private const string Insert = """
        insert into ledger.entries
            (at, actor_id, door, action, project_id, subject_kind, subject_id, row_id, leaf, body)
        select * from unnest(
            @at::timestamptz[], @actor::bigint[], @door::text[], @action::text[], @project::bigint[],
            @subjectKind::text[], @subjectId::text[], @row::uuid[], @leaf::bytea[], @body::bytea[])
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes one change in the caller's transaction.</summary>
    public Task AppendAsync(Tx tx, Actor actor, Change change, CancellationToken cancellationToken) =>
        AppendManyAsync(tx, [Prepare(actor, change)], cancellationToken);

    /// <summary>Seals and hashes a change; touches no database, so it may run before the transaction begins.</summary>
    /// <exception cref="ProblemException"><c>support.read_only</c>: whoever is here under support access changes nothing.</exception>
    public PreparedChange Prepare(Actor actor, Change change)
    {
        if (actor.Support.Grant is not null)
        {
            throw new ProblemException(
                "support.read_only", 403, "Support access is for reading: nothing can be changed under it. Ask the owner to make the change.");
        }

        var at = clock.GetUtcNow();
        var row = Guid.CreateVersion7(at);
        var of = new EntryFacts(EntryFacts.Microseconds(at), actor.Id.Value, actor.Door.ToString(), change.Action, change.SubjectKind, change.SubjectId);
        var plain = JsonSerializer.SerializeToUtf8Bytes(new { of, before = change.Before, after = change.After }, Json);
        var context = new EnvelopeContext(
            keyring.InstallationId, change.Project?.Key ?? Guid.Empty, BodyColumn, row, 1);
        var key = change.Project is { } project ? keyring.GetProjectKeys(project.Key).Ledger : keyring.InstallationKey;
        var body = Envelope.Seal(key, EnvelopePurpose.LedgerEntry, context, plain);
        return new PreparedChange(
            at,
            actor.Id,
            actor.Door,
            change.Action,
            change.Project?.Id,
            change.SubjectKind,
            change.SubjectId,
            row,
            EntryLeaf.Of(
                at, actor.Id.Value, actor.Door.ToString(), change.Action, change.Project?.Id.Value, change.SubjectKind, change.SubjectId, row, body),
            body);
    }

    /// <summary>Writes many prepared changes with one statement, in the caller's transaction.</summary>
    public static async Task AppendManyAsync(
        Tx tx, IReadOnlyList<PreparedChange> changes, CancellationToken cancellationToken)
    {
        var arguments = new
        {
            at = changes.Select(change => change.At.UtcDateTime).ToArray(),
            actor = changes.Select(change => change.Actor.Value).ToArray(),
            door = changes.Select(change => change.Door.ToString()).ToArray(),
            action = changes.Select(change => change.Action).ToArray(),
            project = changes.Select(change => change.Project?.Value).ToArray(),
            subjectKind = changes.Select(change => change.SubjectKind).ToArray(),
            subjectId = changes.Select(change => change.SubjectId).ToArray(),
            row = changes.Select(change => change.Row).ToArray(),
            leaf = changes.Select(change => change.Leaf).ToArray(),
            body = changes.Select(change => change.Body).ToArray(),
        };
        await tx.ExecuteAsync(Insert, arguments, cancellationToken);
    }
}
