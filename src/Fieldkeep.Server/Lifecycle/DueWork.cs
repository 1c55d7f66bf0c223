namespace Fieldkeep.Server.Lifecycle;

/// <summary>Something that becomes due by the clock, done by <see cref="DoDueWork"/> while the clock is believed.</summary>
/// <param name="Order">Which goes first.</param>
/// <param name="RunAsync">Does one round.</param>
internal sealed record DueWork(int Order, Func<CancellationToken, Task> RunAsync);
