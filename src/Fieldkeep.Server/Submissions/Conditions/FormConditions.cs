using System.Collections.Concurrent;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Conditions;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Keeps the conditions of forms in memory, for the door that submissions come in by.</summary>
/// <remarks>
/// Read again as <see cref="ChangeSignals"/> says, and at once when this process changes any. Whoever asks by an older state leaves a submission
/// unasked, never wrongly found: <see cref="AskRows"/> asks it later.
/// </remarks>
internal sealed class FormConditions(
    RowConditionStore store, FormQueries forms, FormCatalogue catalogue, FormConfidence confidence, DatabaseLife life, ChangeSignals signals, TimeProvider clock)
{
    // A matcher holds some hundred kilobytes, a form without conditions a few bytes.
    private const int MostForms = 10_000;

    private readonly ConcurrentDictionary<FormId, Kept> _kept = new();

    /// <summary>Finds the conditions of a form; null when it has none.</summary>
    public async ValueTask<BoundConditions?> FindAsync(ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        var alive = life.Number;
        var epoch = signals.CountOf(ChangeKind.Conditions) + signals.CountOf(ChangeKind.Forms); // both only grow: either of them changes the sum
        if (_kept.TryGetValue(form, out var kept) && kept.Epoch == epoch && signals.IsFresh(kept.ReadAt)
            && await NumberOfAsync(kept.Newest, cancellationToken) == kept.Number)
        {
            return kept.Bound;
        }

        var readAt = clock.GetTimestamp();
        var items = await store.ListAsync(project, form, cancellationToken);
        var versions = items.Count == 0 ? [] : await ListVersionsAsync(form, cancellationToken);
        FormVersionId? newest = versions.Count == 0 ? null : versions[0];
        var number = await NumberOfAsync(newest, cancellationToken);
        var key = alive + ":" + number + ":" + string.Join(',', items.Select(item => item.Id).Concat(versions.Select(version => version.Value)));
        var bound = kept is not null && kept.Key == key ? kept.Bound
            : items.Count == 0 ? null
            : new BoundConditions(await TablesAsync(versions, cancellationToken), await OpenOnlyAsync(form, items, cancellationToken));
        if (_kept.Count >= MostForms)
        {
            _kept.Clear();
        }

        _kept[form] = new Kept(epoch, readAt, key, newest, number, bound);
        return bound;
    }

    /// <summary>Lays out all published versions of a form; null when none is.</summary>
    public async Task<FormTables?> FindTablesAsync(FormId form, CancellationToken cancellationToken) =>
        await ListVersionsAsync(form, cancellationToken) is { Count: > 0 } versions ? await TablesAsync(versions, cancellationToken) : null;

    /// <summary>Lists the questions that a condition asks.</summary>
    public static IEnumerable<string> AskedIn(RowCondition condition) => condition.ListAll()
        .OfType<CompareCondition>().Select(part => part.Field).OfType<AnswerField>().Select(field => field.Path);

    /// <summary>Makes the next look read all again; called after every change.</summary>
    public void Forget() => signals.Forget(ChangeKind.Conditions);

    // Newest first.
    private async Task<IReadOnlyList<FormVersionId>> ListVersionsAsync(FormId form, CancellationToken cancellationToken) =>
        [.. (await forms.ListVersionsAsync(form, cancellationToken)).Select(version => version.Id)];

    private async Task<FormTables> TablesAsync(IReadOnlyList<FormVersionId> versions, CancellationToken cancellationToken)
    {
        var models = new List<XForm>(versions.Count);
        foreach (var version in versions)
        {
            models.Add((await catalogue.GetDefinitionAsync(version, cancellationToken)).XForm);
        }

        return new FormTables(models);
    }

    private async ValueTask<int> NumberOfAsync(FormVersionId? version, CancellationToken cancellationToken) =>
        version is { } known ? (await catalogue.GetDefinitionAsync(known, cancellationToken)).ConfidentialNumber : 0;

    // What asks a confidential question is unknown of every submission: whether it holds would tell the answer.
    private async Task<IReadOnlyList<RowConditionItem>> OpenOnlyAsync(
        FormId form, IReadOnlyList<RowConditionItem> items, CancellationToken cancellationToken)
    {
        var hidden = await confidence.ListPathsAsync(form, cancellationToken);
        return hidden.Count == 0
            ? items
            : [.. items.Where(item => !AskedIn(item.Condition).Any(path => hidden.Contains(path.StartsWith('/') ? path : "/" + path)))];
    }

    private sealed record Kept(long Epoch, long ReadAt, string Key, FormVersionId? Newest, int Number, BoundConditions? Bound);
}
