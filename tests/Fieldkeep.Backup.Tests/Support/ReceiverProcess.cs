using System.Diagnostics;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A second process that receives, to be killed while it does.</summary>
internal sealed class ReceiverProcess : IDisposable
{
    public const string Command = "receive-log";

    private readonly Process _process;

    private ReceiverProcess(Process process) => _process = process;

    /// <summary>Starts it and waits until it has confirmed something.</summary>
    public static async Task<ReceiverProcess> StartAsync(string data, string target, CancellationToken cancellationToken)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var start = new ProcessStartInfo(program, [Command, data, target])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("The receiver did not start.");
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
        return line == "receives" ? new ReceiverProcess(process) : throw new InvalidOperationException($"The receiver said: {line}");
    }

    /// <summary>Ends it as a power button would.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Runs in the second process until its input ends.</summary>
    public static async Task<int> RunAsync(string data, string target)
    {
        using var ending = new CancellationTokenSource();
        using var keyring = Keyring.Open(KeyringFiles.Below(data), TimeProvider.System);
        var address = PrivateCluster.FindRunning(data) ?? throw new InvalidOperationException("No PostgreSQL runs there.");
        var receiver = new WalReceiver(address, new Store.BackupStore(target), keyring, Console.Error.WriteLine, TimeProvider.System) { LookEvery = TimeSpan.FromMilliseconds(50) };
        var running = receiver.RunAsync(ending.Token);
        while (receiver.State.LastReceivedAt is null && !running.IsCompleted)
        {
            await Task.Delay(5, CancellationToken.None);
        }

        Console.WriteLine(running.IsFaulted ? running.Exception.Message : "receives");
        await Console.In.ReadToEndAsync(CancellationToken.None);
        await ending.CancelAsync();
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
