using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Fieldkeep.Backup.Objects;
using Xunit;

namespace Fieldkeep.Backup.Tests.Support;

/// <summary>A real object store (s3rver) that keeps its objects in a scratch folder, started for one class of tests; absent where node or s3rver is.</summary>
public sealed class ObjectServer : IAsyncLifetime
{
    public const string Bucket = "kept";

    private readonly ScratchFolder _folder = new();
    private Process? _process;
    private int _count;

    internal string Objects => Path.Combine(_folder.Path, "objects", Bucket);

    internal int Port { get; private set; }

    /// <summary>Null where it cannot run here.</summary>
    private static string? Program
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var path = Path.Combine(folder.FullName, "web", "node_modules", "s3rver", "bin", "s3rver.js");
                if (File.Exists(path))
                {
                    return path;
                }
            }

            return null;
        }
    }

    private string CredentialsFile => Path.Combine(_folder.Path, "credentials");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(CredentialsFile, "# of a test\nAWS_ACCESS_KEY_ID=S3RVER\nAWS_SECRET_ACCESS_KEY=S3RVER\n", TestContext.Current.CancellationToken);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process?.Dispose();
        _folder.Dispose();
    }

    /// <summary>An address of its own for a test.</summary>
    internal ObjectStoreOptions Options()
    {
        Assert.SkipWhen(_process is null, "not run: needs node and s3rver (npm ci in web)");
        return ObjectStoreOptions.Read(
            string.Create(CultureInfo.InvariantCulture, $"s3://{Bucket}/test-{Interlocked.Increment(ref _count)}"),
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}"),
            region: null,
            CredentialsFile) with
        { LookEvery = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromSeconds(20) };
    }

    /// <summary>The file of an object, by its name in the bucket.</summary>
    internal string FileOf(string key) => Path.Combine(Objects, key + "._S3rver_object");

    /// <summary>The names of the objects below a prefix.</summary>
    internal IReadOnlyList<string> Keys(ObjectStoreOptions options) => !Directory.Exists(Path.Combine(Objects, options.Prefix)) ? [] :
    [
        .. Directory.EnumerateFiles(Path.Combine(Objects, options.Prefix), "*._S3rver_object", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Objects, path)[..^"._S3rver_object".Length]).Order(StringComparer.Ordinal),
    ];

    internal async Task StartAsync()
    {
        if (Program is not { } program)
        {
            return;
        }

        Directory.CreateDirectory(Path.Combine(_folder.Path, "objects"));
        var start = new ProcessStartInfo(
            "node",
            [
                program, "-d", Path.Combine(_folder.Path, "objects"), "-a", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-s",
                "--configure-bucket", Bucket,
            ])
        { UseShellExecute = false, RedirectStandardOutput = true };
        try
        {
            _process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            return;
        }

        while (_process is not null && await _process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            // “S3rver listening on 127.0.0.1:39445”
            if (line.LastIndexOf(':') is > 0 and var colon && int.TryParse(line[(colon + 1)..], CultureInfo.InvariantCulture, out var port))
            {
                Port = port;
                return;
            }
        }

        throw new InvalidOperationException("s3rver did not start");
    }

    internal async Task StopAsync()
    {
        if (_process is { } running)
        {
            running.Kill();
            await running.WaitForExitAsync(CancellationToken.None);
            running.Dispose();
            _process = null;
        }
    }
}
