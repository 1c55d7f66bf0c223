using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Organisations;

namespace Fieldkeep.Server.SupportAccess;

/// <summary>Writes what happens to a case into the ledger and the audit book, in the caller's transaction. Never its reason in clear.</summary>
internal sealed class CaseBook(ProjectQueries projects, ChangeLog changes, AuditLog audit)
{
    /// <summary>Writes one step.</summary>
    /// <param name="verb">Such as <c>open</c>; the kind of case comes before it.</param>
    public async Task AppendAsync(Tx tx, Actor actor, SupportCase one, string verb, CancellationToken cancellationToken)
    {
        var action = $"{(one.Kind == CaseKind.BreakGlass ? "break_glass" : "support")}.{verb}";
        var project = one.Scope.Kind == ScopeKind.Project ? await projects.FindAsync(new ProjectId(one.Scope.Id), cancellationToken) : null;
        var place = $"{ScopeNames.Of(one.Scope.Kind)} {one.Scope.Id}";
        await changes.AppendAsync(
            tx,
            actor,
            new Change(
                action,
                project?.Ref,
                "support_case",
                one.Id.ToString(),
                null,
                new
                {
                    @operator = one.Operator.Value,
                    place,
                    role = one.Role,
                    minutes = one.Minutes,
                    ticket = one.Ticket,
                    reason = one.Reason,
                    expiresAt = one.ExpiresAt,
                }),
            cancellationToken);
        await audit.AppendAsync(
            tx,
            actor,
            new AuditEvent(
                action, project?.Id, "support_case", one.Id.ToString(), $"{one.Role} for account {one.Operator} at {place}, {one.Minutes} minutes"),
            cancellationToken);
    }
}
