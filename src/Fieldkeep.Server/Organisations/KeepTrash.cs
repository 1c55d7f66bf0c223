using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Organisations;

/// <summary>Says for how many days what is moved to the trash of a project stays there.</summary>
internal sealed class KeepTrash(Db db, Policy policy, ChangeLog changes, AuditLog audit)
{
    /// <summary>The longest time, in days.</summary>
    public const int MostDays = 180;

    private const string Lock = "select key_id, trash_days from organisations.projects where id = @id and deleted_at is null for update";
    private const string Write = "update organisations.projects set trash_days = @days where id = @id";

    /// <summary>Sets it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>session.confirmation_needed</c>, <c>project.trash_days</c>.
    /// </exception>
    public async Task RunAsync(Actor actor, ProjectId id, int? days, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.SubmissionErase, Scope.Of(id), cancellationToken);
        policy.RequireConfirmed(actor);
        if (days is not (>= 0 and <= MostDays))
        {
            throw new ProblemException("project.trash_days", 422, $"“trashDays” must be a whole number from 0 to {MostDays}. 0 empties the trash at once.");
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var row = await tx.FindAsync<KeptRow>(Lock, new { id = id.Value }, cancellationToken) ?? throw AccessProblems.Unseen();
        await tx.ExecuteAsync(Write, new { id = id.Value, days }, cancellationToken);
        var change = new Change(
            "project.keep_trash", new ProjectRef(id, row.KeyId), "project", id.ToString(), new { trashDays = row.TrashDays }, new { trashDays = days });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("project.keep_trash", id, "project", id.ToString(), $"{days}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private sealed record KeptRow(Guid KeyId, int TrashDays);
}
