using System.Text.Json;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Removal;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Rights.Removal;

/// <summary>
/// Does what is left when the grace of a removal is over, from when on nobody gets the account back: others stand in for the person in each project, secrets and addresses go, and of the
/// account a tombstone stays. Every part may be done again.
/// </summary>
internal sealed class BuryAccount(
    Db db, RemovalRows removals, EndedAccounts ended, AccountLetters letters, IEnumerable<RowsOfPerson> rooms, Keyring keyring, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    private const int RowsAtOnce = 2_000;

    private const string StandIns = "select project_id as project, stand_in_id as stand_in from rights.stand_ins where removal_id = @removal order by project_id";
    private const string AddStandIn = "insert into rights.stand_ins (removal_id, project_id, stand_in_id) values (@removal, @project, @standIn)";
    private const string ForgetStandIns = "delete from rights.stand_ins where removal_id = @removal";

    /// <summary>Does it.</summary>
    public async Task RunAsync(Actor actor, RemovalRow removal, CancellationToken cancellationToken)
    {
        if (!await removals.BuryAsync(removal.Id, cancellationToken))
        {
            return;
        }

        var account = await EndedAccounts.FindAsync(db, removal.Account, cancellationToken);
        var standIns = await FindStandInsAsync(removal, cancellationToken);
        var of = new
        {
            actor = removal.ActorId,
            projects = standIns.Select(one => one.Project).ToArray(),
            stand_ins = standIns.Select(one => one.StandIn).ToArray(),
            email_key = account?.EmailKey ?? "",
            name_hash = keyring.Pepper.Compute("accounts.access_name", account?.EmailKey ?? ""),
            rows = RowsAtOnce,
        };
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var room in rooms)
        {
            var touched = await RepeatAsync(room, of, cancellationToken);
            counts[room.Table] = counts.GetValueOrDefault(room.Table) + touched;
        }

        await EndAsync(actor, removal, standIns.Count, counts, cancellationToken);
    }

    private async Task<IReadOnlyList<Placed>> FindStandInsAsync(RemovalRow removal, CancellationToken cancellationToken)
    {
        var projects = new SortedSet<long>();
        foreach (var statement in rooms.Select(room => room.Projects).OfType<string>())
        {
            projects.UnionWith(await db.ListAsync<long>(statement, new { actor = removal.ActorId }, cancellationToken));
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        projects.ExceptWith((await tx.ListAsync<Placed>(StandIns, new { removal = removal.Id }, cancellationToken)).Select(one => one.Project));
        foreach (var project in projects)
        {
            var standIn = await ended.MakeStandInAsync(tx, cancellationToken);
            await tx.ExecuteAsync(AddStandIn, new { removal = removal.Id, project, standIn = standIn.Value }, cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
        return await db.ListAsync<Placed>(StandIns, new { removal = removal.Id }, cancellationToken);
    }

    // In parts, so that nobody waits for a lock on many rows.
    private async Task<long> RepeatAsync(RowsOfPerson room, object of, CancellationToken cancellationToken)
    {
        var all = 0L;
        while (await db.ExecuteAsync(room.Statement, of, cancellationToken) is > 0 and var touched)
        {
            all += touched;
        }

        return all;
    }

    private async Task EndAsync(
        Actor actor, RemovalRow removal, int projects, SortedDictionary<string, long> counts, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var report = JsonSerializer.Serialize(new { format = "fieldkeep-removal-1", at = now, projects, rows = counts }, JsonSerializerOptions.Web);
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(ForgetStandIns, new { removal = removal.Id }, cancellationToken);
        if (!await removals.FinishAsync(tx, removal.Id, report, cancellationToken))
        {
            // Another process ended it; who stood in for whom is forgotten all the same.
            await tx.CommitAsync(cancellationToken);
            return;
        }

        await letters.AppendLastAsync(
            tx,
            removal.Account,
            "removal_done",
            [("projects", projects.ToString()), ("records", counts.Values.Sum().ToString())],
            cancellationToken);
        if (await ended.BuryAsync(tx, removal.Account, cancellationToken))
        {
            var id = removal.Account.ToString();
            await changes.AppendAsync(tx, actor, new Change("account.removed", null, "account", id, null, new { rows = counts, removal.IsReplay }), cancellationToken);
            await audit.AppendAsync(tx, actor, new AuditEvent("account.removed", null, "account", id, null), cancellationToken);
        }

        await tx.CommitAsync(cancellationToken);
    }

    private sealed record Placed(long Project, long StandIn);
}
