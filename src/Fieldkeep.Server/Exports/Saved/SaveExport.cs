using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Exports.Saved;

/// <summary>Saves what someone wants of a form's submissions under a name.</summary>
internal sealed class SaveExport(
    BeginExport begin, ChosenRows chosen, SavedExports saved, ChangeLog changes, AuditLog audit, Db db, TimeProvider clock)
{
    private const int MostOfForm = 100;

    /// <summary>Gives the saved export.</summary>
    /// <exception cref="ProblemException">
    /// Those of <see cref="BeginExport"/> and of filters, <c>export.name_invalid</c>, <c>export.too_many_saved</c>.
    /// </exception>
    public async Task<SavedExport> RunAsync(
        Actor actor, string name, WantedExport wanted, FindNames names, CancellationToken cancellationToken)
    {
        // Whoever saves it may have it, and it is one that can be made.
        var export = await begin.RunAsync(actor, wanted with { Passphrases = null, Confidential = false }, names, cancellationToken);
        await chosen.CountAsync(export.Request, cancellationToken);
        var trimmed = SavedExports.RequireName(name);
        var form = export.Request.Set.Form;
        if ((await saved.ListAsync(wanted.Project, form, cancellationToken)).Count >= MostOfForm)
        {
            throw ExportProblems.TooManySaved(MostOfForm);
        }

        var now = clock.GetUtcNow();
        var settings = new SavedSettings(trimmed, export.Request.Set.XmlFormId, wanted.IsDraft, wanted.Selection, wanted.Options);
        var made = new SavedExport(Guid.CreateVersion7(now), settings, actor.Id.Value, now, []);
        await using var tx = await db.BeginAsync(cancellationToken);
        await saved.InsertAsync(tx, wanted.Project, form, made, cancellationToken);
        await changes.AppendAsync(
            tx, actor, new Change("export.save", wanted.Project, "saved_export", made.Id.ToString(), null, settings), cancellationToken);
        await audit.AppendAsync(
            tx,
            actor,
            new AuditEvent("export.save", wanted.Project.Id, "form", settings.XmlFormId, made.Id.ToString()),
            cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return made;
    }
}
