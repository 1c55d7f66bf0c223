using System.Diagnostics;
using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

// Made once for all classes: each works on a copy.
[assembly: AssemblyFixture(typeof(FetchSource))]

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A backup directory with two base backups, a log and blobs, made once; tests copy it and do to the copy what a compromised server could do.</summary>
public sealed class FetchSource : IAsyncLifetime
{
    internal SampleInstallation Installation { get; private set; } = null!; // set by InitializeAsync before every test

    internal int Commits { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Installation = await SampleInstallation.CreateAsync();
        await using var running = await Installation.StartAsync(Installation.Data);
        await using var receiving = new RunningReceiver(Installation, running.Address);
        await SampleInstallation.ExecuteAsync(running.Address, CommitLog.Make);
        await receiving.CatchUpAsync();
        await Installation.BackUpAsync();
        var log = new CommitLog();
        await log.WriteAsync(running.Address, 20, 3000, TestContext.Current.CancellationToken);
        Installation.AddBlob("photo three", 1000);
        await receiving.CatchUpAsync();
        await Installation.BackUpAsync();
        await log.WriteAsync(running.Address, 20, 3000, TestContext.Current.CancellationToken);
        await receiving.CatchUpAsync();
        Commits = log.Acknowledged;
    }

    public ValueTask DisposeAsync()
    {
        Installation.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A copy of that backup directory as the source of a test, and a distant copy of it.</summary>
internal sealed class FetchedCopy : IDisposable
{
    private static readonly string[] Parts = ["backups", "blobs", "wal", "keys"];

    private readonly ScratchFolder _folder = new();

    public string Source => Path.Combine(_folder.Path, "source");

    public string Copy => Path.Combine(_folder.Path, "copy");

    public string Restored => Path.Combine(_folder.Path, "restored");

    public TurnedClock Clock { get; } = new();

    public List<string> Told { get; } = [];

    public IReadOnlyList<string> Backups => [.. Directory.EnumerateDirectories(Path.Combine(Source, "backups")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<FetchedCopy> OfAsync(FetchSource source)
    {
        var copied = new FetchedCopy();
        // PostgreSQL may be another user who has to get to what is restored.
        File.SetUnixFileMode(copied._folder.Path, (UnixFileMode)0x1ED);
        using var cp = Process.Start("cp", ["--archive", source.Installation.Target, copied.Source]);
        await cp.WaitForExitAsync(Token);
        return copied;
    }

    public Task<FetchReport> FetchAsync(int keepDays = 90) => new FetchBackup(
        new FetchOptions(Source, Copy) { IsNew = !Directory.Exists(Copy), LeastFreeBytes = 0, KeepDays = keepDays }, new Teller(Told), Clock).RunOnceAsync(Token);

    public FetchNotes Notes => FetchBackup.Describe(Copy);

    public static string FileBelow(string root, string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(root, folder), pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();

    /// <summary>What counts in a backup directory: every file's path, and its bytes' hash.</summary>
    public static IReadOnlyDictionary<string, string> Tree(string root) => Parts
        .Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        .Where(path => Path.GetFileName(path) is not ("id" or "lock" or "keyring.lock"))
        .ToDictionary(path => Path.GetRelativePath(root, path), path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))), StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();

    private sealed class Teller(List<string> told) : IProgress<string>
    {
        public void Report(string value) => told.Add(value);
    }
}

/// <summary>A clock that a test sets.</summary>
internal sealed class TurnedClock : TimeProvider
{
    public TimeSpan Ahead { get; set; }

    /// <summary>What passes by its own measure, whatever it shows.</summary>
    public TimeSpan Passed { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

    public override long GetTimestamp() => base.GetTimestamp() + (long)(Passed.TotalSeconds * TimestampFrequency);
}
