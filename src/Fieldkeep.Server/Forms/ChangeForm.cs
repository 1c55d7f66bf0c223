using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Forms;

/// <summary>Opens, closes or trashes a form, or discards its draft: the changes that touch one row of the form.</summary>
internal sealed class ChangeForm(
    Db db, Policy policy, FormAccess access, ChangeLog changes, AuditLog audit, FormQueries forms, FormCatalogue catalogue, TimeProvider clock)
{
    // What the ledger calls "before" is what the change really found: the row is held from the look to the commit.
    private const string Lock = """
        select id, state, current_version_id, draft_version_id, deleted_at from forms.forms
        where project_id = @project and xml_form_id = @xmlFormId and deleted_at is null
        for update
        """;

    private const string State = """
        update forms.forms set state = @value, updated_at = @now where id = @form
        returning id, state, current_version_id, draft_version_id, deleted_at
        """;

    private const string Trash = """
        update forms.forms set deleted_at = @now, updated_at = @now where id = @form
        returning id, state, current_version_id, draft_version_id, deleted_at
        """;

    private const string Discard = """
        update forms.forms set draft_version_id = null, updated_at = @now where id = @form
        returning id, state, current_version_id, draft_version_id, deleted_at
        """;

    /// <summary>Sets what phones may do with the form.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>form.not_found</c>.</exception>
    public async Task<Form> SetStateAsync(
        Actor actor, ProjectRef project, string xmlFormId, FormState state, CancellationToken cancellationToken)
    {
        var value = state.ToString().ToLowerInvariant();
        await RunAsync(actor, project, xmlFormId, "form.set_state", State, value, cancellationToken);
        return await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
    }

    /// <summary>Sets the same in the caller's transaction, who calls <see cref="FormCatalogue.Forget"/> after the commit.</summary>
    /// <exception cref="ProblemException">As <see cref="SetStateAsync"/>.</exception>
    public async Task JoinStateAsync(
        Tx tx, Actor actor, ProjectRef project, string xmlFormId, FormState state, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        var value = state.ToString().ToLowerInvariant();
        await ChangeAsync(tx, actor, project, xmlFormId, new FormStep("form.set_state", State, value), cancellationToken);
    }

    /// <summary>Puts the form with all its submissions into the trash; nothing is erased.</summary>
    /// <exception cref="ProblemException"><c>access.denied</c>, <c>form.not_found</c>, <c>session.confirmation_needed</c>.</exception>
    public Task TrashAsync(Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken) =>
        RunAsync(actor, project, xmlFormId, "form.trash", Trash, null, cancellationToken);

    /// <summary>Takes the draft off the form. Its text stays in the history.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>form.not_found</c>, <c>form.no_draft</c>, <c>form.draft_is_all</c> when it would leave nothing.
    /// </exception>
    public Task DiscardDraftAsync(
        Actor actor, ProjectRef project, string xmlFormId, CancellationToken cancellationToken) =>
        RunAsync(actor, project, xmlFormId, "form.discard_draft", Discard, null, cancellationToken);

    private async Task RunAsync(
        Actor actor,
        ProjectRef project,
        string xmlFormId,
        string action,
        string sql,
        string? value,
        CancellationToken cancellationToken)
    {
        var permission = sql == Trash ? Permission.FormDelete : Permission.FormWrite;
        await access.RequireAsync(actor, permission, project.Id, xmlFormId, cancellationToken);
        if (permission == Permission.FormDelete)
        {
            policy.RequireConfirmed(actor);
        }

        await using var tx = await db.BeginAsync(cancellationToken);
        await ChangeAsync(tx, actor, project, xmlFormId, new FormStep(action, sql, value), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
    }

    private async Task ChangeAsync(
        Tx tx, Actor actor, ProjectRef project, string xmlFormId, FormStep step, CancellationToken cancellationToken)
    {
        var (action, sql, value) = step;
        var before = await tx.FindAsync<FormRow>(Lock, new { project = project.Id, xmlFormId }, cancellationToken)
            ?? throw FormProblems.NotFound(xmlFormId);
        if (sql == Discard)
        {
            RequireDiscardable(before, xmlFormId);
        }

        var after = await tx.GetAsync<FormRow>(
            sql, new { form = before.Id, value, now = clock.GetUtcNow() }, cancellationToken);
        var change = new Change(action, project, "form", before.Id.ToString(), StateOf(before), StateOf(after));
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(action, project.Id, "form", before.Id.ToString(), xmlFormId), cancellationToken);
    }

    private static void RequireDiscardable(FormRow form, string xmlFormId)
    {
        if (form.DraftVersionId is null)
        {
            throw FormProblems.NoDraft(xmlFormId);
        }

        if (form.CurrentVersionId is null)
        {
            throw FormProblems.DraftIsAll(xmlFormId);
        }
    }

    private static object StateOf(FormRow form) => new
    {
        form.State,
        current = form.CurrentVersionId?.Value,
        draft = form.DraftVersionId?.Value,
        form.DeletedAt,
    };

    private sealed record FormStep(string Action, string Sql, string? Value);

    private sealed record FormRow(
        FormId Id,
        string State,
        FormVersionId? CurrentVersionId,
        FormVersionId? DraftVersionId,
        DateTimeOffset? DeletedAt);
}
