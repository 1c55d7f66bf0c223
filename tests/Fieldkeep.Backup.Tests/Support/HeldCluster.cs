using System.Diagnostics;
using Fieldkeep.Backup.Clusters;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A second process that holds a cluster as the server does, to be killed or to be in the way.</summary>
internal sealed class HeldCluster : IDisposable
{
    public const string Command = "hold-cluster";

    private const string Wait = "commits wait";

    private readonly Process _process;

    private HeldCluster(Process process) => _process = process;

    /// <summary>Starts the process and waits until its cluster runs.</summary>
    public static async Task<HeldCluster> StartAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var start = new ProcessStartInfo(program, [Command, dataDirectory])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("The holder did not start.");
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
        return line == "ready" ? new HeldCluster(process) : throw new InvalidOperationException($"The holder said: {line}");
    }

    /// <summary>Lets commits wait for the continuous backup from now on.</summary>
    public async Task WaitForBackupAsync(CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(Wait.AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken);
        if (line != "done")
        {
            throw new InvalidOperationException($"The holder said: {line}");
        }
    }

    /// <summary>Ends the process as a power button would: it gets no chance to stop PostgreSQL.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Runs in the second process: holds the cluster until its input ends.</summary>
    public static async Task<int> HoldAsync(string dataDirectory)
    {
        try
        {
            using var held = DataLock.Take(dataDirectory);
            await using var cluster = await PrivateCluster.StartAsync(
                held, ClusterMode.Durable, Console.Error.WriteLine, TimeProvider.System, CancellationToken.None);
            Console.WriteLine("ready");
            while (await Console.In.ReadLineAsync() is { } line)
            {
                await cluster.WaitForBackupAsync(line == Wait, CancellationToken.None);
                Console.WriteLine("done");
            }

            return 0;
        }
        catch (ClusterException e)
        {
            Console.WriteLine(e.Message);
            return 1;
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
