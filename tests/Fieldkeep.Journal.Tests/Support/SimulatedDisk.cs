using Fieldkeep.Journal.Disks;

namespace Fieldkeep.Journal.Tests.Support;

/// <summary>What an operation does that is to fail.</summary>
internal enum DiskFailure
{
    /// <summary>EIO, and nothing happened.</summary>
    Refused,

    /// <summary>ENOSPC, and half of a write happened.</summary>
    Short,
}

/// <summary>
/// A disk that keeps what is durable apart from what is only written. It fails operations by their number, and at a power cut loses, keeps, tears and reorders
/// by a seed what was not synced. After a sync that failed, what it should have made durable never becomes so by a later one, as in the kernel.
/// </summary>
internal sealed class SimulatedDisk : IJournalDisk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SimulatedFile> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SimulatedFile> _durableNames = new(StringComparer.Ordinal);
    private readonly List<(string Folder, Action<Dictionary<string, SimulatedFile>> Change)> _nameChanges = [];
    private TaskCompletionSource? _held;
    private TaskCompletionSource? _release;

    /// <summary>Operations so far.</summary>
    public int Operations { get; private set; }

    /// <summary>Syncs of files so far.</summary>
    public int Syncs { get; private set; }

    /// <summary>Writes to files after a sync of them failed, and syncs: there must be none.</summary>
    public int UsesAfterFailedSync { get; private set; }

    /// <summary>The number of the first operation that fails, from 1; 0 for none.</summary>
    public int FailAt { get; set; }

    /// <summary>How many fail from there on.</summary>
    public int Failures { get; set; } = 1;

    /// <summary>How they fail.</summary>
    public DiskFailure Failure { get; set; }

    /// <summary>The power goes after this operation; 0 for never.</summary>
    public int CutAfter { get; set; }

    /// <summary>A control: files are not made durable.</summary>
    public bool SyncDoesNothing { get; set; }

    /// <summary>A control: a sync returns at once and happens with the next operation.</summary>
    public bool SyncIsLate { get; set; }

    /// <summary>A control: names are not made durable.</summary>
    public bool FolderSyncDoesNothing { get; set; }

    /// <summary>Bytes that the disk says are free.</summary>
    public long Free { get; set; } = 1L << 30;

    /// <summary>True once the power went.</summary>
    public bool IsCut => CutAfter > 0 && Operations > CutAfter;

    private Action? Late { get; set; }

    /// <summary>The next operation waits; the first task ends when it has come, or at once with <paramref name="other"/>; the second lets it go on.</summary>
    public (Task Reached, Action Release) Hold(Task other)
    {
        lock (_gate)
        {
            (_held, _release) = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously));
            var (held, release) = (_held, _release);
            return (Task.WhenAny(held.Task, other), release.SetResult);
        }
    }

    /// <summary>The disk as another process finds it: what was written is there, nothing fails.</summary>
    public SimulatedDisk AfterKill()
    {
        var disk = new SimulatedDisk();
        foreach (var (name, node) in _names)
        {
            disk.Put(name, node.Copy());
        }

        return disk;
    }

    /// <summary>The same disk for a new process: what the killed one had not synced is there, and still not durable.</summary>
    public SimulatedDisk Restart()
    {
        var disk = new SimulatedDisk();
        foreach (var (name, node) in _names)
        {
            disk._names[name] = node;
        }

        foreach (var (name, node) in _durableNames)
        {
            disk._durableNames[name] = node;
        }

        disk._nameChanges.AddRange(_nameChanges);
        return disk;
    }

    /// <summary>The disk after a power cut.</summary>
    public SimulatedDisk AfterPowerCut(int seed)
    {
        var chance = new Chance(seed);
        var names = new Dictionary<string, SimulatedFile>(_durableNames, StringComparer.Ordinal);
        // By the seed nothing else is kept, everything, or each by chance.
        foreach (var (_, change) in _nameChanges)
        {
            if (seed % 4 == 1 || (seed % 4 > 1 && chance.Next(2) == 0))
            {
                change(names);
            }
        }

        var disk = new SimulatedDisk();
        var survivors = new Dictionary<SimulatedFile, SimulatedFile>();
        foreach (var (name, node) in names)
        {
            if (!survivors.TryGetValue(node, out var left))
            {
                left = new SimulatedFile(node.Survive(seed % 4, chance));
                survivors.Add(node, left);
            }

            disk.Put(name, left);
        }

        return disk;
    }

    /// <summary>What a file holds.</summary>
    public byte[] this[string name]
    {
        get => [.. _names[name].Current];
        set => Put(name, new SimulatedFile(value));
    }

    /// <summary>Takes a file away.</summary>
    public void Take(string name)
    {
        _names.Remove(name);
        _durableNames.Remove(name);
    }

    public IReadOnlyList<string> List(string folder) => Do(() =>
        _names.Keys.Where(name => Folder(name) == folder).Select(name => Path.GetFileName(name)).ToList());

    public void CreateFolder(string folder) => Do(() => true);

    public IJournalFile Create(string name, long bytes) => Do(() =>
    {
        if (_names.ContainsKey(name))
        {
            throw new IOException($"{name} exists.");
        }

        var node = new SimulatedFile([]);
        node.Resize(bytes);
        Change(Folder(name), names => names[name] = node);
        return new OpenFile(this, node);
    });

    public long LengthOf(string name) => Do(() => Get(name).Current.Length);

    public int Read(string name, long offset, Span<byte> destination)
    {
        var content = Do(() => Get(name).Current.ToArray());
        var from = content.AsSpan((int)Math.Min(offset, content.Length));
        var count = Math.Min(from.Length, destination.Length);
        from[..count].CopyTo(destination);
        return count;
    }

    public void SyncFile(string name) => Sync(Get(name));

    public void Rename(string name, string newName) => Do(() =>
    {
        _ = Get(name);
        Change(Folder(name), names =>
        {
            if (names.Remove(name, out var node))
            {
                names[newName] = node;
            }
        });
        return true;
    });

    public void Unlink(string name) => Do(() =>
    {
        if (_names.ContainsKey(name))
        {
            Change(Folder(name), names => names.Remove(name));
        }

        return true;
    });

    public void SyncFolder(string folder) => Do(() =>
    {
        if (!FolderSyncDoesNothing)
        {
            foreach (var (_, change) in _nameChanges.Where(one => one.Folder == folder))
            {
                change(_durableNames);
            }

            _nameChanges.RemoveAll(one => one.Folder == folder);
        }

        return true;
    });

    public long FreeBytes() => Do(() => Free);

    private static string Folder(string name) => Path.GetDirectoryName(name) ?? string.Empty;

    private void Put(string name, SimulatedFile node)
    {
        _names[name] = node;
        _durableNames[name] = node;
    }

    private SimulatedFile Get(string name) => _names.GetValueOrDefault(name) ?? throw new FileNotFoundException(name);

    private void Change(string folder, Action<Dictionary<string, SimulatedFile>> change)
    {
        change(_names);
        _nameChanges.Add((folder, change));
    }

    private void Sync(SimulatedFile node) => Do(
        () =>
        {
            Syncs++;
            UsesAfterFailedSync += node.IsDoomed ? 1 : 0;
            if (SyncIsLate)
            {
                Late = node.MakeDurable;
            }
            else if (!SyncDoesNothing)
            {
                node.MakeDurable();
            }

            return true;
        },
        node.Doom);

    private T Do<T>(Func<T> operation, Action? whenRefused = null)
    {
        TaskCompletionSource? release;
        lock (_gate)
        {
            (release, _release) = (_release, null);
            _held?.TrySetResult();
            _held = null;
        }

        // On the writer's own thread, which is held here to make a batch of what comes meanwhile.
        release?.Task.GetAwaiter().GetResult();
        lock (_gate)
        {
            Operations++;
            if (IsCut)
            {
                throw new IOException("The power is gone.");
            }

            if (FailAt > 0 && Operations >= FailAt && Operations < FailAt + Failures)
            {
                whenRefused?.Invoke();
                throw Failure == DiskFailure.Short ? new IOException("No space left on device", 28) : new IOException("Input/output error", 5);
            }

            Late?.Invoke();
            Late = null;
            return operation();
        }
    }

    private sealed class OpenFile(SimulatedDisk disk, SimulatedFile node) : IJournalFile
    {
        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            var content = bytes.ToArray();
            disk.Do(
                () =>
                {
                    disk.UsesAfterFailedSync += node.IsDoomed ? 1 : 0;
                    node.Write(offset, content);
                    return true;
                },
                () =>
                {
                    if (disk.Failure == DiskFailure.Short)
                    {
                        node.Write(offset, content[..(content.Length / 2)]);
                    }
                });
        }

        public void Sync() => disk.Sync(node);

        public void SetLength(long bytes) => disk.Do(() =>
        {
            node.Resize(bytes);
            return true;
        });

        public void Dispose()
        {
        }
    }
}
