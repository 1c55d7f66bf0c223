using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Forms.Privacy;

/// <summary>Keeps an author's reason to leave a finding as it is, or takes it back. It stays with the question through later versions.</summary>
internal sealed class DecidePrivacy(
    Db db, FormAccess access, FormQueries forms, ReadPrivacy read, PrivacyDecisions decisions, ChangeLog changes, AuditLog audit)
{
    private const int LongestReason = 500;

    // Two reasons at once for one finding wait for each other.
    private const string Lock = "select id from forms.forms where id = @form for update";

    private const string Decide = "form.privacy_decide";

    /// <summary>Keeps a reason; of two for one finding the later counts.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>privacy.reason_invalid</c>, <c>privacy.no_such_finding</c>.
    /// </exception>
    public async Task<PrivacyDecision> RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, string? about, string? because, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        if (because?.Trim() is not { Length: > 0 and <= LongestReason } reason || reason.Any(letter => char.IsControl(letter) && letter != '\n'))
        {
            throw FormProblems.PrivacyReasonInvalid(LongestReason);
        }

        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        var found = await FindFoundAsync(actor, project, form, about ?? "", cancellationToken)
            ?? throw FormProblems.NoSuchFinding(about ?? "");
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(Lock, new { form = form.Id }, cancellationToken);
        var before = await decisions.EndAsync(tx, project, form.Id, about ?? "", cancellationToken);
        var after = await decisions.InsertAsync(
            tx, actor, project, form.Id, new NewPrivacyDecision(about ?? "", reason, found), cancellationToken);
        await WriteDownAsync(tx, actor, project, form, Decide, before, after, cancellationToken);
        await tx.CommitAsync(cancellationToken);
        return after;
    }

    /// <summary>Takes a reason back.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>privacy.no_such_finding</c>.
    /// </exception>
    public async Task WithdrawAsync(
        Actor actor, ProjectRef project, string xmlFormId, string? about, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(Lock, new { form = form.Id }, cancellationToken);
        var before = await decisions.EndAsync(tx, project, form.Id, about ?? "", cancellationToken)
            ?? throw FormProblems.NoSuchFinding(about ?? "");
        await WriteDownAsync(tx, actor, project, form, "form.privacy_withdraw", before, null, cancellationToken);
        await tx.CommitAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<string>?> FindFoundAsync(
        Actor actor, ProjectRef project, Form form, string about, CancellationToken cancellationToken)
    {
        foreach (var isDraft in (bool[])[true, false])
        {
            if ((isDraft ? form.DraftVersionId : form.CurrentVersionId) is not null
                && (await read.RunAsync(actor, project, form.XmlFormId, isDraft, cancellationToken)).FindFound(about) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private async Task WriteDownAsync(
        Tx tx,
        Actor actor,
        ProjectRef project,
        Form form,
        string action,
        PrivacyDecision? before,
        PrivacyDecision? after,
        CancellationToken cancellationToken)
    {
        var change = new Change(action, project, "form", form.Id.ToString(), StateOf(before), StateOf(after));
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(action, project.Id, "form", form.Id.ToString(), form.XmlFormId), cancellationToken);
    }

    private static object? StateOf(PrivacyDecision? decision) =>
        decision is null ? null : new { decision.About, decision.Because, decision.Found };
}
