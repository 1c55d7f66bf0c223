using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Forms;

/// <summary>Finds forms that lie in the trash, for the server itself.</summary>
internal sealed class TrashedForms(Db db)
{
    private const string Due = "select id from forms.forms where project_id = @project and deleted_at <= @before order by id";
    private const string IsThere = "select id from forms.forms where id = @form and deleted_at <= @before for update";
    private const string Keep = "select id from forms.forms where id = @form and deleted_at <= @before for share";

    /// <summary>Lists forms that lie there since before.</summary>
    public Task<IReadOnlyList<FormId>> ListDueAsync(ProjectId project, DateTimeOffset before, CancellationToken cancellationToken) =>
        db.ListAsync<FormId>(Due, new { project, before }, cancellationToken);

    /// <summary>Tells whether a form still lies there since before, and holds it to be deleted until the transaction ends.</summary>
    public static async Task<bool> IsTrashedAsync(Tx tx, FormId form, DateTimeOffset before, CancellationToken cancellationToken) =>
        await tx.FindAsync<long?>(IsThere, new { form, before }, cancellationToken) is not null;

    /// <summary>Tells whether a form still lies there since before, and lets nobody restore it until the transaction ends.</summary>
    public static async Task<bool> StaysTrashedAsync(Tx tx, FormId form, DateTimeOffset before, CancellationToken cancellationToken) =>
        await tx.FindAsync<long?>(Keep, new { form, before }, cancellationToken) is not null;
}
