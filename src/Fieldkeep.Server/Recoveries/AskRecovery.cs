using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Recoveries;

/// <summary>Has a project recovered, in the background: as it was at a moment, beside the living one. One at a time.</summary>
internal sealed class AskRecovery(Db db, Policy policy, CheckRecovery check, RecoveryRows rows, ChangeLog changes, AuditLog audit)
{
    /// <summary>Notes it; it is begun within seconds.</summary>
    /// <exception cref="ProblemException">Those of <see cref="CheckRecovery"/>, <c>session.confirmation_needed</c>, <c>recovery.running</c>.</exception>
    public async Task<AskedRecovery> RunAsync(Actor actor, RecoveryWish wish, CancellationToken cancellationToken)
    {
        var wanted = await check.RunAsync(actor, wish, cancellationToken);

        // What was deleted comes back, perhaps into a project of others.
        policy.RequireConfirmed(actor);

        // What an earlier run of the server left is over.
        await rows.EndLeftAsync(isIdle: false, cancellationToken);
        long id;
        try
        {
            await using var tx = await db.BeginAsync(cancellationToken);
            id = await rows.AddAsync(tx, wanted.Project.Id, wanted.Unit, wanted.To, cancellationToken);
            var number = id.ToString(CultureInfo.InvariantCulture);
            var after = new { project = wanted.Project.Id.Value, at = wanted.To, unit = wanted.Unit?.Value };
            await changes.AppendAsync(tx, actor, new Change("recovery.ask", wanted.Project.Ref, "recovery", number, null, after), cancellationToken);
            await audit.AppendAsync(tx, actor, new AuditEvent("recovery.ask", wanted.Project.Id, "recovery", number, wanted.Project.Name), cancellationToken);
            await tx.CommitAsync(cancellationToken);
        }
        catch (Exception another) when (DatabaseFailure.IsTaken(another, "asked_one"))
        {
            throw RecoveryProblems.Running();
        }

        // It stands: it is shown, whoever gave up waiting.
        return await rows.FindAsync(id, CancellationToken.None) ?? throw new InvalidOperationException("What was added is gone.");
    }
}
