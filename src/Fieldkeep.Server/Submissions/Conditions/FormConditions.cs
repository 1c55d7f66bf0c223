using System.Collections.Concurrent;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Conditions;

/// <summary>Keeps the conditions of forms in memory, for the door that submissions come in by.</summary>
/// <remarks>
/// Read again after <see cref="MaxAge"/>, and at once when this process changes any. Whoever asks by an older state leaves a submission
/// unasked, never wrongly found: <see cref="AskRows"/> asks it later.
/// </remarks>
internal sealed class FormConditions(RowConditionStore store, FormQueries forms, FormCatalogue catalogue, TimeProvider clock)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(2);

    // A matcher holds some hundred kilobytes, a form without conditions a few bytes.
    private const int MostForms = 10_000;

    private readonly ConcurrentDictionary<FormId, Kept> _kept = new();
    private long _epoch;

    /// <summary>Finds the conditions of a form; null when it has none.</summary>
    public async ValueTask<BoundConditions?> FindAsync(ProjectRef project, FormId form, CancellationToken cancellationToken)
    {
        var epoch = Interlocked.Read(ref _epoch);
        if (_kept.TryGetValue(form, out var kept) && kept.Epoch == epoch && clock.GetElapsedTime(kept.ReadAt) < MaxAge)
        {
            return kept.Bound;
        }

        var readAt = clock.GetTimestamp();
        var items = await store.ListAsync(project, form, cancellationToken);
        var versions = items.Count == 0 ? [] : await ListVersionsAsync(form, cancellationToken);
        var key = string.Join(',', items.Select(item => item.Id).Concat(versions.Select(version => version.Value)));
        var bound = kept is not null && kept.Key == key ? kept.Bound
            : items.Count == 0 ? null
            : new BoundConditions(await TablesAsync(versions, cancellationToken), items);
        if (_kept.Count >= MostForms)
        {
            _kept.Clear();
        }

        _kept[form] = new Kept(epoch, readAt, key, bound);
        return bound;
    }

    /// <summary>Lays out all published versions of a form; null when none is.</summary>
    public async Task<FormTables?> FindTablesAsync(FormId form, CancellationToken cancellationToken) =>
        await ListVersionsAsync(form, cancellationToken) is { Count: > 0 } versions ? await TablesAsync(versions, cancellationToken) : null;

    /// <summary>Makes the next look read all again; called after every change.</summary>
    public void Forget() => Interlocked.Increment(ref _epoch);

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

    private sealed record Kept(long Epoch, long ReadAt, string Key, BoundConditions? Bound);
}
