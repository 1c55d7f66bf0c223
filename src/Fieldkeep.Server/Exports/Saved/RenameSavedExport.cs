using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>Gives a saved export another name; its links go on.</summary>
internal sealed class RenameSavedExport(FindSubmissions find, SavedExports saved, ChangeLog changes, AuditLog audit, Db db)
{
    /// <summary>Gives the saved export under its new name.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>export.not_saved</c>, <c>export.name_invalid</c>.
    /// </exception>
    public async Task<SavedExport> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, Guid id, string name, CancellationToken cancellationToken)
    {
        var set = await find.RunAsync(actor, Permission.SubmissionExport, project, xmlFormId, isDraft: false, cancellationToken);
        var before = await saved.GetAsync(project, set.Form, id, cancellationToken);
        var after = before.Settings with { Name = SavedExports.RequireName(name) };
        await using var tx = await db.BeginAsync(cancellationToken);
        await saved.ReplaceSettingsAsync(tx, project, id, after, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("export.rename_saved", project, "saved_export", id.ToString(), before.Settings, after), cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("export.rename_saved", project.Id, "form", set.XmlFormId, id.ToString()), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return before with { Settings = after };
    }
}
