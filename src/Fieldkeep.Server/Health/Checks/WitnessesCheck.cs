using Fieldkeep.Server.Witnesses;

namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks whether signed checkpoints reach those who keep them.</summary>
internal sealed class WitnessesCheck(WitnessRows rows) : ICheck
{
    private const int ManyFailures = 3;

    /// <inheritdoc/>
    public string Name => "witnesses";

    /// <inheritdoc/>
    public TimeSpan Every => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public bool NeedsDatabase => true;

    /// <inheritdoc/>
    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        var all = await rows.ListAsync(null, cancellationToken);
        var failing = all.Count(one => one.Failures >= ManyFailures || one.Place.Address.Length == 0);
        return failing > 0
            ? CheckOutcome.Warning("witnesses.failing", ("count", failing))
            : all.Count == 0 ? CheckOutcome.Ok("witnesses.none") : CheckOutcome.Ok("witnesses.ok", ("count", all.Count));
    }
}
