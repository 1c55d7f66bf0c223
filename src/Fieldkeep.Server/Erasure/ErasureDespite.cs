namespace Fieldkeep.Server.Erasure;

/// <summary>What would refuse the erasure of a project, and is known to whoever orders it at the machine. Nobody else erases despite of it.</summary>
/// <param name="Holds">The legal holds that stand on it.</param>
/// <param name="Suspension">Whether it may be suspended: of what is suspended nothing is lost while that lasts.</param>
internal sealed record ErasureDespite(IReadOnlyCollection<long> Holds, bool Suspension)
{
    /// <summary>Nothing.</summary>
    public static readonly ErasureDespite Nothing = new([], false);
}
