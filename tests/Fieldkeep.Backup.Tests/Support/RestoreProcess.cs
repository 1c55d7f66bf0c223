using System.Diagnostics;
using System.Globalization;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A second process that restores, with other programs in front of the system's.</summary>
internal static class RestoreProcess
{
    public const string Command = "restore";

    /// <summary>Restores; returns what it said last: “restored”, or why not.</summary>
    /// <param name="programs">A folder that is looked into before all others.</param>
    public static async Task<string> RunAsync(string target, string restored, DateTimeOffset to, string programs, CancellationToken cancellationToken)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var start = new ProcessStartInfo(program, [Command, target, restored, to.ToString("O", CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The restore did not start.");
        var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last : "nothing";
    }

    /// <summary>Runs in the second process.</summary>
    public static async Task<int> RunAsync(string target, string restored, string to)
    {
        try
        {
            await RestoreBackup.RunAsync(
                new RestoreOptions(target, restored) { To = DateTimeOffset.Parse(to, CultureInfo.InvariantCulture) },
                new Progress<string>(), TimeProvider.System, CancellationToken.None);
            Console.WriteLine("restored");
            return 0;
        }
        catch (BackupException refused)
        {
            Console.WriteLine($"{refused.Reason}: {refused.Message}");
            return 1;
        }
    }
}
