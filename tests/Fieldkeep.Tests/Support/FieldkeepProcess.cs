using System.Diagnostics;
using System.Globalization;

namespace Fieldkeep.Tests.Support;

/// <summary>The real command line in a process of its own.</summary>
internal sealed class FieldkeepProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private FieldkeepProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var running = Start(arguments);
        var output = await running._process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await running._process.WaitForExitAsync().WaitAsync(Patience);
        return (running._process.ExitCode, output, await running._errors);
    }

    /// <summary>Runs a command to its end with a variable in its environment.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunWithAsync(string variable, string value, params string[] arguments)
    {
        using var running = Start(arguments, (variable, value));
        var output = await running._process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await running._process.WaitForExitAsync().WaitAsync(Patience);
        return (running._process.ExitCode, output, await running._errors);
    }

    /// <summary>Runs a command to its end with text on its stdin.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunWithInputAsync(string input, params string[] arguments)
    {
        using var running = Start(arguments);
        await running._process.StandardInput.WriteAsync(input);
        running._process.StandardInput.Close();
        var output = await running._process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await running._process.WaitForExitAsync().WaitAsync(Patience);
        return (running._process.ExitCode, output, await running._errors);
    }

    /// <summary>Starts <c>serve</c> and waits for its line.</summary>
    public static Task<(FieldkeepProcess Server, Uri Address)> ServeAsync(string dataDirectory, params string[] more) =>
        ReadyAsync(Start(["serve", "--data", dataDirectory, "--port", "0", .. more]));

    /// <summary>Starts <c>serve</c> with a variable in its environment and waits for its line.</summary>
    public static Task<(FieldkeepProcess Server, Uri Address)> ServeWithAsync(string variable, string value, string dataDirectory, params string[] more) =>
        ReadyAsync(Start(["serve", "--data", dataDirectory, "--port", "0", .. more], (variable, value)));

    private static async Task<(FieldkeepProcess Server, Uri Address)> ReadyAsync(FieldkeepProcess server)
    {
        var line = await server._process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return line is not null && line.StartsWith("ready https://", StringComparison.Ordinal)
            ? (server, new Uri(line["ready ".Length..]))
            : throw new InvalidOperationException($"serve said “{line}” and on stderr: {await server._errors}");
    }

    /// <summary>Starts <c>serve</c> on a data directory whose root key is not to be had, and waits for its line.</summary>
    public static async Task<(FieldkeepProcess Server, Uri Address)> ServeSealedAsync(string dataDirectory)
    {
        var server = Start(["serve", "--data", dataDirectory, "--port", "0"]);
        return (server, await server.WaitForAsync("sealed"));
    }

    /// <summary>Waits for the next line of <c>serve</c>, which must tell a state, and gives the address in it.</summary>
    public async Task<Uri> WaitForAsync(string state)
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return line is not null && line.StartsWith(state + " https://", StringComparison.Ordinal)
            ? new Uri(line[(state.Length + 1)..])
            : throw new InvalidOperationException($"serve said “{line}”, not that it is {state}.");
    }

    /// <summary>Memory that the process has in RAM.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Ends the process with no chance to clean up.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Asks the process to stop, as systemd does, and returns its exit code and the rest of its stdout.</summary>
    public async Task<(int ExitCode, string Output)> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        var output = await _process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return (_process.ExitCode, output);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static FieldkeepProcess Start(string[] arguments, (string Name, string Value)? variable = null)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fieldkeep"), arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("FIELDKEEP_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        // What is not about backups must not wait for them.
        start.Environment["FIELDKEEP_BACKUP"] = "none";
        if (variable is { } given)
        {
            start.Environment[given.Name] = given.Value;
        }

        return new FieldkeepProcess(Process.Start(start) ?? throw new InvalidOperationException("fieldkeep did not start."));
    }
}
