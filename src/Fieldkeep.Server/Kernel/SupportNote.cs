namespace Fieldkeep.Server.Kernel;

/// <summary>Notes during a request that its actor was let through because of support access alone, so that the books can say so.</summary>
/// <remarks>The policy writes it where it decides; copies of an actor share one. Once noted it holds for the rest of the request.</remarks>
internal sealed class SupportNote
{
    private long _grant;

    /// <summary>The grant that let the actor through; null when they needed none.</summary>
    public long? Grant => Interlocked.Read(ref _grant) is > 0 and var grant ? grant : null;

    /// <summary>Notes the grant.</summary>
    public void Take(long grant) => Interlocked.Exchange(ref _grant, grant);
}
