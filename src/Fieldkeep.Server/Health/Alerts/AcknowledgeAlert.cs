using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Health.Alerts;

/// <summary>Says that an operator knows of an alert: it is not told again each day, only each week.</summary>
internal sealed class AcknowledgeAlert(Db db, Policy policy, AlertRows alerts, ChangeLog changes, AuditLog audit, TimeProvider clock)
{
    /// <summary>So long a note may be, in characters.</summary>
    public const int MostNoteCharacters = 1000;

    /// <summary>Acknowledges it; once more replaces the note.</summary>
    /// <param name="note">What is being done; null or empty for none.</param>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>alert.not_found</c>, <c>alert.closed</c>, <c>alert.note</c>.</exception>
    public async Task RunAsync(Actor actor, long id, string? note, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SettingsUpdate, Scope.Installation, cancellationToken);
        var said = note?.Trim() ?? "";
        if (said.Length > MostNoteCharacters)
        {
            throw HealthProblems.NoteTooLong(MostNoteCharacters);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var alert = await alerts.FindAsync(tx, id, cancellationToken) ?? throw HealthProblems.AlertNotFound();
        if (alert.ClosedAt is not null)
        {
            throw HealthProblems.AlertClosed();
        }

        await alerts.AcknowledgeAsync(tx, id, actor, said, clock.GetUtcNow(), cancellationToken);
        var number = id.ToString(CultureInfo.InvariantCulture);
        var after = new { check = alert.Check, note = said };
        await changes.AppendAsync(tx, actor, new Change("alert.acknowledge", null, "alert", number, null, after), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("alert.acknowledge", null, "alert", number, alert.Check), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
