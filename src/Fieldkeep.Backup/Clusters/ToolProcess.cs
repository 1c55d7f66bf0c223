using System.Collections.ObjectModel;
using System.Diagnostics;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Runs one program of the operating system or of PostgreSQL to its end.</summary>
internal static class ToolProcess
{
    /// <summary>Runs a program with no input and returns its exit code and what it said.</summary>
    /// <param name="command">The program and its arguments; nothing passes through a shell.</param>
    public static Task<ToolResult> RunAsync(IReadOnlyList<string> command, CancellationToken cancellationToken) =>
        RunAsync(command, static async (output, token) => await new StreamReader(output).ReadToEndAsync(token), cancellationToken);

    /// <summary>Runs a program with no input, with settings that it finds in its environment only, and returns its exit code and what it said.</summary>
    /// <param name="command">The program and its arguments; nothing passes through a shell.</param>
    /// <param name="settings">Where a secret may stand: whoever lists processes does not see it.</param>
    public static Task<ToolResult> RunAsync(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken) =>
        RunAsync(command, static async (output, token) => await new StreamReader(output).ReadToEndAsync(token), settings, cancellationToken);

    /// <summary>Runs a program with no input and hands its output on as a stream while it runs.</summary>
    /// <param name="command">The program and its arguments; nothing passes through a shell.</param>
    /// <param name="read">Reads the output to its end; what it returns becomes the result's output.</param>
    public static Task<ToolResult> RunAsync(
        IReadOnlyList<string> command, Func<Stream, CancellationToken, Task<string>> read, CancellationToken cancellationToken) =>
        RunAsync(command, read, ReadOnlyDictionary<string, string>.Empty, cancellationToken);

    private static async Task<ToolResult> RunAsync(
        IReadOnlyList<string> command, Func<Stream, CancellationToken, Task<string>> read, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A folder every user may enter: the caller's own may be closed to PostgreSQL's user.
            WorkingDirectory = "/",
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        // Messages are read by people and by us: keep them in one language. No PG* variable may redirect the tools.
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)
            ?? throw new InvalidOperationException($"The program {command[0]} did not start.");
        process.StandardInput.Close();
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await read(process.StandardOutput.BaseStream, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return new ToolResult(process.ExitCode, output, await errors);
        }
        catch
        {
            // Given up, or the reader failed (a full disk): the program would wait for ever to be read.
            process.Kill();
            throw;
        }
    }
}

/// <summary>What a program answered.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Whether the program ended with exit code 0.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>The last line it said, for a message.</summary>
    public string LastLine =>
        (Errors + "\n" + Output).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .LastOrDefault() ?? $"exit code {ExitCode}";
}
