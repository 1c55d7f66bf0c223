namespace Fieldkeep.Cli;

/// <summary>Ends a command with a sentence, a hint and an exit code.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="message">What happened, lower case, with the value.</param>
/// <param name="hint">What to do about it.</param>
internal sealed class CommandException(int exitCode, string message, string hint) : Exception(message)
{
    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What to do about it.</summary>
    public string Hint { get; } = hint;
}
