using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Exports.Archive;

/// <summary>Asks for all data of an organisation, branch or team as one file: for who administers it and may take answers out.</summary>
internal sealed class AskArchive(Db db, Policy policy, ArchiveRows rows, ChangeLog changes, AuditLog audit)
{
    /// <summary>Gives the id by which whoever asks can fetch it once, within the hour.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>.</exception>
    public async Task<Guid> RunAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        await RequireAsync(policy, actor, unit, cancellationToken);
        policy.RequireConfirmed(actor);
        await using var tx = await db.BeginAsync(cancellationToken);
        var id = await rows.InsertAsync(tx, actor, unit, cancellationToken);
        await changes.AppendAsync(tx, actor, new Change("unit.archive", null, "unit", unit.ToString(), null, new { archive = id }), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("unit.archive", null, "unit", unit.ToString(), "asked"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return id;
    }

    /// <summary>Refuses who may not take everything of a unit along.</summary>
    public static async Task RequireAsync(Policy policy, Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.UnitUpdate, Scope.Of(unit), cancellationToken);
        await policy.RequireAsync(actor, Permission.MemberList, Scope.Of(unit), cancellationToken);
        await policy.RequireAsync(actor, Permission.SubmissionExport, Scope.Of(unit), cancellationToken);
    }
}

/// <summary>Lists the archives that were asked for.</summary>
internal sealed class ListArchives(Policy policy, ArchiveRows rows)
{
    /// <summary>Lists those of a unit, newest first.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>access.not_found</c>.</exception>
    public async Task<IReadOnlyList<ArchiveRow>> RunAsync(Actor actor, UnitId unit, CancellationToken cancellationToken)
    {
        await AskArchive.RequireAsync(policy, actor, unit, cancellationToken);
        return await rows.ListAsync(unit, cancellationToken);
    }
}
