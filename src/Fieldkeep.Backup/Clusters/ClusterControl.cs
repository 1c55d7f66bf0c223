using System.Diagnostics.CodeAnalysis;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Makes, starts, adopts and stops the PostgreSQL of one data directory, one step at a time.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The semaphore has no handle unless somebody asks for one.")]
internal sealed class ClusterControl
{
    private const int StartAttempts = 3;

    // Two seconds: so long a program that was begun needs at most to become one that works in the cluster's folder.
    private const int CutOffLooks = 20;
    private static readonly TimeSpan CutOffLook = TimeSpan.FromMilliseconds(100);

    private const string Fresh = ".new";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly ClusterFolders _folders;
    private readonly ClusterAccount _account;
    private readonly ClusterMode _mode;
    private readonly Action<string> _tell;
    private readonly SemaphoreSlim _settings = new(1, 1);
    private int _processId;
    private bool _wasCutOff;
    private bool _waitsForBackup;

    private ClusterControl(
        ClusterFolders folders, ClusterAccount account, PostgresBinaries binaries, ClusterMode mode, string socket, Action<string> tell)
    {
        _folders = folders;
        _account = account;
        _mode = mode;
        _tell = tell;
        Binaries = binaries;
        Address = new ClusterAddress(socket);
    }

    /// <summary>Where the cluster answers.</summary>
    public ClusterAddress Address { get; private set; }

    /// <summary>The programs of the cluster's version.</summary>
    public PostgresBinaries Binaries { get; }

    /// <summary>Whether the process that was started or adopted still runs.</summary>
    public bool IsAlive => Postmaster.IsPostgresOf(_processId, _folders.Cluster);

    /// <summary>Finds programs, prepares folders, makes the cluster if there is none, writes its settings.</summary>
    public static async Task<ClusterControl> OpenAsync(
        ClusterFolders folders, ClusterMode mode, Action<string> tell, CancellationToken cancellationToken)
    {
        var binaries = await PostgresBinaries.FindAsync(folders.Cluster, cancellationToken);
        var log = Directory.CreateDirectory(folders.Log, OwnerOnly);
        if (Path.GetDirectoryName(folders.Log) is { } parent && Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(parent, OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        var account = await ClusterAccount.OpenAsync(log.FullName, tell, cancellationToken);
        var socket = await SocketFolder.PrepareAsync(folders, account, cancellationToken);
        var control = new ClusterControl(folders, account, binaries, mode, socket, tell);
        if (!Directory.Exists(folders.Cluster))
        {
            tell($"making a new PostgreSQL {binaries.MajorVersion} cluster in {folders.Cluster}");
            await MakeCluster.RunAsync(folders, account, binaries, mode, control.WriteSettingsAsync, cancellationToken);
        }

        await control.WriteSettingsAsync(folders.Cluster, cancellationToken);
        return control;
    }

    /// <summary>Takes over a PostgreSQL that an earlier server left running; false when there is none to take.</summary>
    public async Task<bool> AdoptAsync(CancellationToken cancellationToken)
    {
        if (Postmaster.Find(_folders) is not { } orphan)
        {
            return false;
        }

        _tell($"PostgreSQL (process {orphan.ProcessId}) still runs from an earlier start");
        _processId = orphan.ProcessId;
        if (orphan.SocketFolder == Address.SocketFolder && await ClusterSession.AnswersAsync(Address, _mode, cancellationToken))
        {
            return true;
        }

        _tell("it does not answer as it should; stopping it");
        await StopAsync(cancellationToken);
        return false;
    }

    /// <summary>Starts PostgreSQL and waits until it is ready, recovery after a crash included.</summary>
    /// <exception cref="ClusterException">It does not start.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => StartAsync(StartAttempts, cancellationToken);

    /// <summary>Starts PostgreSQL, which may refuse that many times.</summary>
    /// <exception cref="ClusterException">It does not start.</exception>
    public async Task StartAsync(int attempts, CancellationToken cancellationToken)
    {
        await ClearRemainsAsync(cancellationToken);
        ToolResult? started = null;
        _wasCutOff = true;
        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            // Ten minutes: recovery after a crash may have 2 GB of log to replay on a slow disk.
            started = await _account.RunAsync(
                [Binaries.PathOf("pg_ctl"), "start", "--wait", "--timeout=600", "--silent",
                    $"--pgdata={_folders.Cluster}", $"--log={_folders.StartLog}"],
                cancellationToken);
            if (started.Succeeded && Postmaster.Find(_folders) is { } running)
            {
                (_processId, _wasCutOff) = (running.ProcessId, false);
                return;
            }

            // Right after a kill the old one's shared memory or lock file may still be there for a moment.
            await Task.Delay(TimeSpan.FromMilliseconds(500 * attempt), TimeProvider.System, cancellationToken);
            await ClearRemainsAsync(cancellationToken);
        }

        _wasCutOff = false;
        throw new ClusterException(
            ClusterTrouble.DoesNotStart,
            $"PostgreSQL does not start on {_folders.Cluster}: {LastComplaint() ?? started?.LastLine}",
            $"its logs are in {_folders.Log}; is the disk full, or the folder on a file system without locks?");
    }

    /// <summary>Stops PostgreSQL within a minute, if need be without waiting for its checkpoint; one, too, whose start was cut off.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (await FindLeftAsync(cancellationToken)
            && !await StopAsync("fast", cancellationToken) && !await StopAsync("immediate", cancellationToken))
        {
            await ClearRemainsAsync(cancellationToken);
        }
    }

    /// <summary>Stops PostgreSQL at once, as a crash would: for a copy that is given up. Nothing more is written, not even a checkpoint.</summary>
    public async Task StopAtOnceAsync(CancellationToken cancellationToken)
    {
        if (await FindLeftAsync(cancellationToken) && !await StopAsync("immediate", cancellationToken))
        {
            await ClearRemainsAsync(cancellationToken);
        }
    }

    /// <summary>Lets commits wait for the continuous backup, or no longer; holds over restarts of PostgreSQL, not over a new start of ours.</summary>
    public async Task WaitForBackupAsync(bool waits, CancellationToken cancellationToken)
    {
        // One at a time: the last word must be the one in the file.
        await _settings.WaitAsync(cancellationToken);
        try
        {
            _waitsForBackup = waits;
            await WriteSettingsAsync(_folders.Cluster, cancellationToken);
            await ClusterSession.ReadSettingsAsync(Address, cancellationToken);
        }
        finally
        {
            _settings.Release();
        }
    }

    private async Task WriteSettingsAsync(string cluster, CancellationToken cancellationToken)
    {
        (string Name, string Text)[] files =
        [
            (ClusterSettings.FileName, ClusterSettings.Settings(_mode, _waitsForBackup, Address.SocketFolder, _folders.Log)),
            ("pg_hba.conf", ClusterSettings.HostRules),
            ("pg_ident.conf", ClusterSettings.UserMap(_account.Users)),
        ];
        // Beside, then in place: half a file, on a full disk, would keep PostgreSQL from starting.
        foreach (var (name, text) in files)
        {
            await File.WriteAllTextAsync(Path.Combine(cluster, name + Fresh), text, cancellationToken);
        }

        await _account.GiveAsync([.. files.Select(file => Path.Combine(cluster, file.Name + Fresh))], cancellationToken);
        foreach (var (name, _) in files)
        {
            File.Move(Path.Combine(cluster, name + Fresh), Path.Combine(cluster, name), overwrite: true);
        }
    }

    // Whoever gave up waiting for a start ended pg_ctl, not the PostgreSQL that it began: that may show itself a moment later only.
    private async Task<bool> FindLeftAsync(CancellationToken cancellationToken)
    {
        for (var look = _wasCutOff ? 0 : CutOffLooks - 1; !IsAlive && look < CutOffLooks; look++)
        {
            if (Postmaster.Find(_folders) is { } left)
            {
                _processId = left.ProcessId;
            }
            else if (_wasCutOff)
            {
                await Task.Delay(CutOffLook, TimeProvider.System, cancellationToken);
            }
        }

        _wasCutOff = false;
        if (!IsAlive && Postmaster.ProcessesOf(_folders.Cluster).Count > 0)
        {
            await ClearRemainsAsync(cancellationToken);
        }

        return IsAlive;
    }

    /// <summary>Removes what a killed PostgreSQL leaves: children without a leader, and the file of a dead process.</summary>
    private async Task ClearRemainsAsync(CancellationToken cancellationToken)
    {
        // Children see their leader's death and end by themselves, nearly always at once.
        for (var look = 0; look < 20 && Postmaster.ProcessesOf(_folders.Cluster).Count > 0; look++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, cancellationToken);
        }

        foreach (var process in Postmaster.ProcessesOf(_folders.Cluster))
        {
            Postmaster.Kill(process);
        }

        // We hold the lock on the data directory and no process works in it: the files speak of the dead or of a stranger.
        // PostgreSQL would believe them as long as that number is taken, by a process not yet reaped for instance.
        File.Delete(_folders.PostmasterFile);
        File.Delete(Path.Combine(Address.SocketFolder, ".s.PGSQL.5432.lock"));
        File.Delete(Path.Combine(Address.SocketFolder, ".s.PGSQL.5432"));
    }

    private async Task<bool> StopAsync(string how, CancellationToken cancellationToken)
    {
        var stopped = await _account.RunAsync(
            [Binaries.PathOf("pg_ctl"), "stop", $"--mode={how}", "--wait", "--timeout=60", "--silent", $"--pgdata={_folders.Cluster}"],
            cancellationToken);
        return stopped.Succeeded || !IsAlive;
    }

    /// <summary>The last complaint in the logs of this start; logs hold no answers, so it may be shown.</summary>
    public string? LastComplaint()
    {
        try
        {
            return new DirectoryInfo(_folders.Log).EnumerateFiles("*.log")
                .OrderByDescending(file => file.LastWriteTimeUtc)
                .SelectMany(file => File.ReadLines(file.FullName).Reverse())
                .FirstOrDefault(line => line.Contains("FATAL:", StringComparison.Ordinal) || line.Contains("PANIC:", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
