namespace Fieldkeep.Cli;

/// <summary>Tells the operator how far something is, on stderr.</summary>
/// <remarks>Progress&lt;T&gt; would answer on the thread pool, out of order.</remarks>
internal sealed class StderrProgress : IProgress<string>
{
    /// <inheritdoc />
    public void Report(string value) => Terminal.Tell(value);
}
