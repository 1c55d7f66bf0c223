using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Lifecycle.Retention;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Recoveries;

namespace Fieldkeep.Server.Recovery;

/// <summary>Makes a copy that has all a project like any other, in one transaction: its forms get their states, its rules of retention begin, it gets its name.</summary>
internal sealed class FinishCopy(
    Db db,
    ReadRecoverableForms forms,
    RetentionRows retention,
    ChangeForm states,
    CarryRetention carry,
    UpdateProject update,
    KeepTrash keepTrash,
    FormCatalogue catalogue,
    ChangeLog changes,
    AuditLog audit)
{
    /// <summary>Does it; gives the report with what was added at the end.</summary>
    public async Task<RecoveryReport> RunAsync(
        Actor actor, RecoverySource source, KeptProject there, Project here, CopiedProject copied, CancellationToken cancellationToken)
    {
        // Rules of now, for those took out what no keyring remembers; of then where there are none.
        var living = await retention.ListAsync(there.Id, cancellationToken);
        var rules = living.Count > 0 ? living : await source.ListRulesAsync(there.Id, cancellationToken);
        var ruled = living.Count > 0 ? await forms.ListAsync(there.Id, cancellationToken) : await source.Forms.ListAsync(there.Id, cancellationToken);
        var names = ruled.ToDictionary(form => form.Id, form => form.XmlFormId);
        var placed = copied.Forms.ToDictionary(form => form.XmlFormId, StringComparer.Ordinal);
        var ended = await retention.CountEndedSinceAsync(there.Id, copied.Report.AsOf, cancellationToken);
        await keepTrash.RunAsync(actor, here.Id, there.TrashDays, cancellationToken);
        await using var tx = await db.BeginAsync(cancellationToken);
        foreach (var form in copied.Forms.Where(form => form.State != FormState.Closed))
        {
            await states.JoinStateAsync(tx, actor, here.Ref, form.XmlFormId, form.State, cancellationToken);
        }

        // Somebody may have marked a question here while its submissions came.
        await FormConfidence.SplitAnewAsync(tx, here.Id, cancellationToken);
        var change = new ProjectChange(copied.Report.Name, null, there.Archived);
        await update.JoinAsync(tx, actor, here.Id, change, cancellationToken);
        var (count, actFrom) = await carry.RunAsync(
            tx, actor, here.Ref, rules, form => names.TryGetValue(form, out var name) && placed.TryGetValue(name, out var one) ? one.Id : null, cancellationToken);
        var report = copied.Report with { Rules = new Recovered(rules.Count, count), Left = [.. copied.Report.Left, .. RecoveryReport.Tell(rules.Count, count, ended, actFrom)] };
        await changes.AppendAsync(tx, actor, new Change("project.recovered", here.Ref, "project", here.Id.ToString(), null, report), cancellationToken);
        await audit.AppendAsync(tx, actor, new AuditEvent("project.recovered", here.Id, "project", here.Id.ToString(), report.Name), cancellationToken);
        await tx.CommitAsync(cancellationToken);
        catalogue.Forget();
        return report;
    }
}
