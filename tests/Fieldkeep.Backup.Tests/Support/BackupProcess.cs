using System.Diagnostics;
using Fieldkeep.Backup.Driven;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A second process that takes a backup, to be killed while it does.</summary>
internal static class BackupProcess
{
    public const string Command = "take-backup";

    private const string Driven = "driven";

    /// <summary>Starts a backup and kills it when it says the given line.</summary>
    public static async Task KillAtAsync(string line, string data, string target, CancellationToken cancellationToken, bool isDriven = false)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var start = new ProcessStartInfo(program, [Command, data, target, isDriven ? Driven : ""]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The backup did not start.");
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } said)
        {
            if (said == line)
            {
                // Into the work, not before it.
                await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
                process.Kill();
                await process.WaitForExitAsync(cancellationToken);
                return;
            }
        }

        throw new InvalidOperationException($"The backup ended without saying “{line}”.");
    }

    /// <summary>Runs in the second process.</summary>
    public static async Task<int> RunAsync(string data, string target, string how)
    {
        var wish = how == Driven ? new DrivenWish(await PgBackRest.FindAsync("this test", CancellationToken.None), null) : null;
        await TakeBackup.RunAsync(new BackupOptions(data, target) { Driven = wish }, new Sayer(), TimeProvider.System, CancellationToken.None);
        return 0;
    }

    private sealed class Sayer : IProgress<string>
    {
        public void Report(string value) => Console.WriteLine(value);
    }
}
