using System.Diagnostics;
using Fieldkeep.Backup.Fetching;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A second process that fetches, to be killed at any moment.</summary>
internal static class FetchProcess
{
    public const string Command = "fetch";

    /// <summary>Fetches in a second process and kills it so long after its start, or when it ends before.</summary>
    public static async Task KillAsync(string source, string copy, TimeSpan after, CancellationToken cancellationToken)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        using var process = Process.Start(new ProcessStartInfo(program, [Command, source, copy]) { UseShellExecute = false, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("The process did not start.");
        // It says so when it begins.
        await process.StandardOutput.ReadLineAsync(cancellationToken);
        await Task.Delay(after, cancellationToken);
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Runs in the second process.</summary>
    public static async Task<int> RunAsync(string source, string copy)
    {
        var fetch = new FetchBackup(new FetchOptions(source, copy) { LeastFreeBytes = 0, IsNew = true }, Follower.Quiet, TimeProvider.System);
        Console.WriteLine("begins");
        await fetch.RunOnceAsync(CancellationToken.None);
        return 0;
    }
}
