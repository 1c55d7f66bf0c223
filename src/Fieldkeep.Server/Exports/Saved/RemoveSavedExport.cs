using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>Removes a saved export; its links stop at once.</summary>
internal sealed class RemoveSavedExport(
    FindSubmissions find, SavedExports saved, ChangeLog changes, AuditLog audit, Db db, TimeProvider clock)
{
    private const string Remove = """
        update exports.saved set deleted_at = @now where id = @id and deleted_at is null
        """;

    /// <summary>Removes it.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>export.not_saved</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, Guid id, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionExport, project, xmlFormId, isDraft: false, cancellationToken);
        var before = await saved.GetAsync(project, set.Form, id, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(Remove, new { id, now = clock.GetUtcNow() }, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("export.remove_saved", project, "saved_export", id.ToString(), before.Settings, null), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("export.remove_saved", project.Id, "form", set.XmlFormId, id.ToString()), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
