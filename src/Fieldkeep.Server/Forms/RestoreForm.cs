using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Npgsql;

namespace Fieldkeep.Server.Forms;

/// <summary>Brings a form back from the trash with all its submissions.</summary>
internal sealed class RestoreForm(
    Db db, Policy policy, ChangeLog changes, AuditLog audit, FormCatalogue catalogue, TimeProvider clock)
{
    private const string Lock = """
        select id, xml_form_id, deleted_at from forms.forms
        where project_id = @project and id = @form and deleted_at is not null
        for update
        """;

    private const string Restore = "update forms.forms set deleted_at = null, updated_at = @now where id = @form";

    /// <summary>Brings it back; <paramref name="number"/> is the form's own number, since its form_id may be in use again.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>form.not_in_trash</c>, <c>form.exists</c>.</exception>
    public async Task RunAsync(Actor actor, ProjectRef project, string number, CancellationToken cancellationToken)
    {
        await policy.RequireAsync(actor, Permission.FormDelete, Scope.Of(project.Id), cancellationToken);
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var form))
        {
            throw FormProblems.NotInTrash(number);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        var row = await tx.FindAsync<FormRow>(Lock, new { project = project.Id, form }, cancellationToken)
            ?? throw FormProblems.NotInTrash(number);
        try
        {
            await tx.ExecuteAsync(Restore, new { form, now = clock.GetUtcNow() }, cancellationToken);
        }
        catch (PostgresException problem) when (problem.ConstraintName == "forms_xml_form_id")
        {
            throw FormProblems.Exists(row.XmlFormId);
        }

        var change = new Change(
            "form.restore",
            project,
            "form",
            row.Id.ToString(),
            new { deletedAt = (DateTimeOffset?)row.DeletedAt },
            new { deletedAt = (DateTimeOffset?)null });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent("form.restore", project.Id, "form", row.Id.ToString(), row.XmlFormId), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
    }

    private sealed record FormRow(FormId Id, string XmlFormId, DateTimeOffset DeletedAt);
}
