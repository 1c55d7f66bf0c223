using System.Diagnostics;
using System.Globalization;
using Fieldkeep.Journal.Disks;

namespace Fieldkeep.Journal.Tests.Support;

/// <summary>A second process that appends records and says which are acknowledged, to be killed while it does.</summary>
internal sealed class AppendingProcess : IDisposable
{
    public const string Command = "append";
    public const string UnsyncedCommand = "append-unsynced";
    public const string ListCommand = "list";

    private const int Writers = 8;

    private readonly Process _process;

    private AppendingProcess(Process process) => _process = process;

    /// <summary>Starts the process.</summary>
    public static AppendingProcess Start(string directory)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var start = new ProcessStartInfo(program, [Command, directory]) { UseShellExecute = false, RedirectStandardOutput = true };
        return new AppendingProcess(Process.Start(start) ?? throw new InvalidOperationException("The writer did not start."));
    }

    /// <summary>Reads what it acknowledges, and kills it after so many; what it had said by then is given.</summary>
    public async Task<List<Guid>> KillAfterAsync(int acknowledged, CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            // The last line may be cut off.
            if (Guid.TryParseExact(line, "N", out var id))
            {
                ids.Add(id);
                if (ids.Count == acknowledged)
                {
                    _process.Kill();
                }
            }
        }

        await _process.WaitForExitAsync(cancellationToken);
        return ids;
    }

    /// <summary>Waits for its first line.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken) => await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>Runs in the second process: appends until it is killed.</summary>
    /// <param name="directory">The journal's.</param>
    /// <param name="isSynced">False as a control: nothing is made durable.</param>
    public static async Task<int> RunAsync(string directory, bool isSynced)
    {
        var options = new JournalOptions(directory) { SegmentBytes = 256 * 1024, MinFreeBytes = 0 };
        Directory.CreateDirectory(directory);
        await using var journal = isSynced
            ? IntakeJournal.Open(options, Some.Seal.Key, Some.Installation, TimeProvider.System)
            : IntakeJournal.Open(new UnsyncedDisk(new LocalDisk(directory)), Some.Seal, options, TimeProvider.System);
        var said = new Lock();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var n = 0; n < 20_000; n++)
            {
                var id = Some.Uuid(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {writer} {n}"));
                await journal.AppendAsync(id, Some.Bytes(id, 100 + (n * 37 % 4000)), CancellationToken.None);
                lock (said)
                {
                    Console.WriteLine(id.ToString("N"));
                }
            }
        }));
        return 0;
    }

    /// <summary>Runs in the second process: says which records are there with the content they had, and what is damaged.</summary>
    public static async Task<int> ListAsync(string directory)
    {
        await using var journal = IntakeJournal.Open(
            new JournalOptions(directory) { MinFreeBytes = 0 }, Some.Seal.Key, Some.Installation, TimeProvider.System);
        await foreach (var record in journal.ReadUndrainedAsync(CancellationToken.None))
        {
            var isSame = record.Content.Span.SequenceEqual(Some.Bytes(record.Id, record.Content.Length));
            Console.WriteLine(isSame ? record.Id.ToString("N") : $"changed {record.Id:N}");
        }

        foreach (var damage in journal.State.Damage)
        {
            Console.WriteLine($"damaged {damage}");
        }

        return 0;
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
}
