using System.Diagnostics.Metrics;

namespace Fieldkeep.Server.Kernel;

/// <summary>Counts what is done, for whoever collects measurements: docs/operations/telemetry.md. Costs nothing while nobody does.</summary>
/// <remarks>What it tells are numbers and words of ours; never an id, a name, an address or an answer.</remarks>
internal sealed class Measures : IDisposable
{
    /// <summary>What measurements and spans of this server are called after.</summary>
    public const string Name = "Fieldkeep";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _submissions;
    private readonly Counter<long> _exports;
    private readonly Counter<long> _sealed;

    /// <summary>Makes it.</summary>
    public Measures()
    {
        _submissions = _meter.CreateCounter<long>("fieldkeep.submissions", "{submission}", "Submissions that came: stored, sent again, refused, or failed by the server");
        _exports = _meter.CreateCounter<long>("fieldkeep.exports", "{export}", "Exports that ended: ready, cancelled, failed");
        _sealed = _meter.CreateCounter<long>("fieldkeep.ledger.sealed", "{entry}", "Entries of the ledger that were sealed");
    }

    /// <summary>Counts a submission.</summary>
    /// <param name="outcome"><c>stored</c>, <c>again</c>, <c>refused</c> or <c>failed</c>.</param>
    public void CountSubmission(string outcome) => Count(_submissions, outcome);

    /// <summary>Counts an export.</summary>
    /// <param name="outcome"><c>ready</c>, <c>cancelled</c> or <c>failed</c>.</param>
    public void CountExport(string outcome) => Count(_exports, outcome);

    /// <summary>Counts entries that were sealed.</summary>
    public void CountSealed(long entries) => _sealed.Add(entries);

    /// <summary>Has something asked for whenever measurements are collected.</summary>
    public void Observe(string name, string what, Func<IEnumerable<Measurement<int>>> look) => _meter.CreateObservableGauge(name, look, null, what);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static void Count(Counter<long> counter, string outcome)
    {
        if (counter.Enabled)
        {
            counter.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }
}
