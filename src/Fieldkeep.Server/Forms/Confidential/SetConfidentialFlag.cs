using Fieldkeep.Server.Access;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Forms.Confidential;

/// <summary>
/// Sets beside a form that a question is confidential, or not, in all its versions. What protects more counts at once; what
/// protects less needs a reason and a proof that it is still them, and counts a day later.
/// </summary>
internal sealed class SetConfidentialFlag(
    Db db, Policy policy, FormAccess access, FormQueries forms, FormCatalogue catalogue, ConfidentialFlags flags, ChangeLog changes, AuditLog audit)
{
    private const int LongestReason = 500;

    private const string Action = "form.confidential";

    // Two at once for one form wait for each other.
    private const string Lock = "select id from forms.forms where id = @form for update";

    private static readonly TimeSpan UntilLessCounts = TimeSpan.FromHours(24);

    /// <summary>Adds a line; what was to take effect later about the same question is taken back.</summary>
    /// <exception cref="ProblemException">
    /// <c>access.denied</c>, <c>access.not_found</c>, <c>form.not_found</c>, <c>confidential.no_such_question</c>, <c>confidential.bad_kind</c>,
    /// <c>confidential.bad_radius</c>, <c>confidential.reason_needed</c>, <c>session.confirmation_needed</c>.
    /// </exception>
    public async Task RunAsync(
        Actor actor, ProjectRef project, string xmlFormId, WantedConfidentialFlag wanted, CancellationToken cancellationToken)
    {
        await access.RequireAsync(actor, Permission.FormWrite, project.Id, xmlFormId, cancellationToken);
        var form = await forms.GetAsync(project.Id, xmlFormId, cancellationToken);
        var definitions = await DefinitionsAsync(form, cancellationToken);
        var line = Check(definitions, wanted);
        await using var tx = await db.BeginAsync(cancellationToken);
        await tx.ExecuteAsync(Lock, new { form = form.Id }, cancellationToken);
        var before = await flags.ListInEffectAsync(tx, form.Id, cancellationToken);
        var isLess = form.CurrentVersionId is not null
            && (line.Kind == ConfidentialLine.Declassified || definitions.Any(one => ProtectsLess(one, before, line)));
        if (isLess)
        {
            // Who may not read the answers does not give them to others either, nor to themselves a day later.
            await policy.RequireAsync(actor, Permission.ConfidentialRead, project.Id, form.Id, cancellationToken);
            line = RequireDeliberate(actor, line);
        }

        await flags.WithdrawAsync(tx, form.Id, line.Path, cancellationToken);
        await flags.InsertAsync(tx, actor, project, form.Id, line, cancellationToken);
        var known = before.FirstOrDefault(flag => flag.Path == line.Path);
        var change = new Change(
            Action,
            project,
            "form",
            form.Id.ToString(),
            known is null ? null : new { known.Path, known.Radius, known.IsDeclassified },
            new { line.Path, line.Kind, line.Radius, line.Reason, hours = line.After.TotalHours });
        await changes.AppendAsync(tx, actor, change, cancellationToken);
        await audit.AppendAsync(
            tx, actor, new AuditEvent(Action, project.Id, "form", form.Id.ToString(), $"{form.XmlFormId} {line.Kind} {line.Path}"), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.ForgetConfidential();
    }

    // The questions of every version count: answers of an older one are as confidential.
    private async Task<IReadOnlyList<FormDefinition>> DefinitionsAsync(Form form, CancellationToken cancellationToken)
    {
        var versions = (await forms.ListVersionsAsync(form.Id, cancellationToken)).Select(version => version.Id);
        var found = new List<FormDefinition>();
        foreach (var version in form.DraftVersionId is { } draft ? versions.Append(draft) : versions)
        {
            found.Add(await catalogue.GetDefinitionAsync(version, cancellationToken));
        }

        return found;
    }

    private static NewConfidentialLine Check(IReadOnlyList<FormDefinition> definitions, WantedConfidentialFlag wanted)
    {
        var path = wanted.Path ?? "";
        var elements = definitions.SelectMany(one => one.XForm.ListElements()).Where(element => element.Path == path).ToList();
        if (elements.Count == 0)
        {
            throw FormProblems.NoSuchQuestion(path);
        }

        if (wanted.Kind is not (ConfidentialLine.Marked or ConfidentialLine.Declassified or ConfidentialLine.Removed))
        {
            throw FormProblems.ConfidentialKind(wanted.Kind ?? "");
        }

        if (wanted.Radius is { } radius
            && (wanted.Kind != ConfidentialLine.Marked || !(radius is >= ConfidentialMarks.MinRadius and <= ConfidentialMarks.MaxRadius)
                || !elements.Exists(element => element is QuestionElement { DataType: DataType.Geopoint })))
        {
            throw FormProblems.ConfidentialRadius();
        }

        var reason = wanted.Reason?.Trim();
        return reason is { Length: > LongestReason } || reason?.Any(letter => char.IsControl(letter) && letter != '\n') == true
            ? throw FormProblems.ConfidentialReason(LongestReason)
            : new NewConfidentialLine(path, wanted.Kind, wanted.Radius, string.IsNullOrEmpty(reason) ? null : reason, TimeSpan.Zero);
    }

    private static bool ProtectsLess(FormDefinition definition, IReadOnlyList<ConfidentialFlag> before, NewConfidentialLine line)
    {
        var after = before.Where(flag => flag.Path != line.Path).ToList();
        if (line.Kind != ConfidentialLine.Removed)
        {
            after.Add(new ConfidentialFlag(line.Path, line.Radius, line.Kind == ConfidentialLine.Declassified, null));
        }

        var next = ConfidentialPlan.Of(definition.XForm, after);
        return ConfidentialPlan.Of(definition.XForm, before).Nodes.Any(node =>
            next.Find(node.Path) is not { } still || (still.Radius is { } radius && !(radius >= node.Radius)));
    }

    private NewConfidentialLine RequireDeliberate(Actor actor, NewConfidentialLine line)
    {
        policy.RequireConfirmed(actor);
        return line.Reason is null ? throw FormProblems.ConfidentialReason(LongestReason) : line with { After = UntilLessCounts };
    }
}

/// <summary>What someone wants to set about a question.</summary>
/// <param name="Path">Path of the question, such as <c>/data/group/question</c>.</param>
/// <param name="Kind"><c>marked</c>, <c>declassified</c> or <c>removed</c>.</param>
/// <param name="Radius">Metres within which a point is shown displaced; null when none is shown.</param>
/// <param name="Reason">Why; needed for what protects less.</param>
internal sealed record WantedConfidentialFlag(string? Path, string? Kind, double? Radius, string? Reason);
