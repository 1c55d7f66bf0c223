using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations.Units;

/// <summary>Writes what happened to a unit, or to somebody in it, into the ledger and the audit book.</summary>
internal sealed class UnitRecords(ChangeLog changes, AuditLog audit)
{
    /// <summary>Writes both lines about a unit.</summary>
    public Task AppendAsync(
        Tx tx, Actor actor, string action, UnitId unit, object? before, object? after, CancellationToken cancellationToken) =>
        AppendAsync(tx, actor, new Change(action, null, "unit", unit.ToString(), before, after), null, cancellationToken);

    /// <summary>Writes both lines about anything.</summary>
    public async Task AppendAsync(Tx tx, Actor actor, Change change, string? detail, CancellationToken cancellationToken)
    {
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        var line = new AuditEvent(change.Action, change.Project?.Id, change.SubjectKind, change.SubjectId, detail);
        await audit.AppendAsync(tx, actor, line, cancellationToken);
    }
}
