using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>Revokes a link to a saved export: from now on it opens nothing.</summary>
internal sealed class RevokeExportLink(
    FindSubmissions find, SavedExports saved, ChangeLog changes, AuditLog audit, Db db, TimeProvider clock)
{
    private const string Revoke = """
        update exports.links set revoked_at = @now where id = @link and saved_id = @id and revoked_at is null
        """;

    /// <summary>Revoking twice is not an error.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>export.not_saved</c>, <c>export.no_link</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, Guid id, long link, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionExport, project, xmlFormId, isDraft: false, cancellationToken);
        var export = await saved.GetAsync(project, set.Form, id, cancellationToken);
        if (export.Links.All(one => one.Id != link))
        {
            throw ExportProblems.NoLink();
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        if (await tx.ExecuteAsync(Revoke, new { id, link, now = clock.GetUtcNow() }, cancellationToken) == 0)
        {
            return;
        }

        await changes.AppendAsync(
            tx,
            actor,
            new Change("export_link.revoke", project, "export_link", $"{link}", new { revoked = false }, new { revoked = true }),
            cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("export_link.revoke", project.Id, "form", set.XmlFormId, $"link {link} of {id}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }
}
