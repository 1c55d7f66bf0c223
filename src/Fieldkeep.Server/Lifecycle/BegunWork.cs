namespace Fieldkeep.Server.Lifecycle;

/// <summary>Something that people ordered and that must come to its end, whatever the clock says.</summary>
/// <param name="Order">Which goes first.</param>
/// <param name="RunAsync">Does one round.</param>
internal sealed record BegunWork(int Order, Func<CancellationToken, Task> RunAsync)
{
    /// <summary>Whether nothing else of the round may be done when this failed.</summary>
    public bool MustSucceed { get; init; }
}
