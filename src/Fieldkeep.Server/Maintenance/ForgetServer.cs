using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Maintenance;

/// <summary>
/// Strikes a server off that will never come back, at the machine only: whoever does it says that its intake journal is lost or empty. Files and older keys that only
/// that may need wait for it no more.
/// </summary>
internal sealed class ForgetServer(Db db, ServerRows servers, ChangeLog changes, AuditLog audit)
{
    /// <summary>Strikes it off.</summary>
    /// <returns>What it had said last.</returns>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>server.unknown</c>, <c>server.heard</c>.</exception>
    public async Task<ServerRow> RunAsync(Actor actor, string name, CancellationToken cancellationToken)
    {
        WhoAsks.RequireServer(actor);
        var server = (await servers.ListAsync(cancellationToken)).FirstOrDefault(one => one.Name == name) ?? throw MaintenanceProblems.ServerUnknown(name);
        if (server.IsHeard)
        {
            throw MaintenanceProblems.ServerHeard(name);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (!await ServerRows.ForgetAsync(tx, server, cancellationToken))
        {
            // It came back meanwhile.
            throw MaintenanceProblems.ServerHeard(name);
        }

        var before = new { server.SeenAt, server.JournalWaiting, server.JournalSetAside };
        await changes.AppendAsync(tx, actor, new Change("server.forget", null, "server", name, before, null), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("server.forget", null, "server", name, null), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return server;
    }
}
