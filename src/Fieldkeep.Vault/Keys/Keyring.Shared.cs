using System.Security.Cryptography;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Vault.Keys;

/// <content>
/// What holds while servers on several machines have one keyring. A lock there may be lost without its holder noticing, and a folder may be set back: then what a process
/// has in memory may be the only copy of keys that data are sealed with, and whoever goes on loses what the other made.
/// </content>
public sealed partial class Keyring
{
    // A folder on another machine may show an old file for a moment.
    private static readonly TimeSpan LookOnceMore = TimeSpan.FromMilliseconds(300);

    // Whoever else finds it may have the same generation.
    private readonly string _number = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));

    private volatile bool _isShared;

    // A folder of others may hang: what lies on this machine's own disk by then is kept.
    private static readonly TimeSpan AsidePatience = TimeSpan.FromSeconds(10);

    // What this process had when it found the file gone another way, wrapped as in any keyring; and where it lies since.
    private volatile byte[]? _forked;
    private volatile string? _aside;
    private volatile bool _isBeside;

    /// <summary>Whether processes on other machines may write this keyring: then the file is compared with what was read from it before, and its bytes are looked at, not its time.</summary>
    public bool IsShared
    {
        get => _isShared;
        set => _isShared = value;
    }

    /// <summary>A folder on a disk of this machine's own, for what cannot be left beside the keyring; null for none.</summary>
    public string? AsideDirectory { get; set; }

    /// <summary>Whether the file was found to have gone another way than this process, or back: it must end once <see cref="KeepAside"/> says so, and gives no keys of projects any more.</summary>
    public bool IsForked => _forked is not null;

    /// <summary>
    /// Leaves what this process had in <see cref="AsideDirectory"/>, which cannot hang, and beside the keyring that went another way, where others see it; once each. False
    /// when neither can be written: then its memory may be the only place that some keys are in, and it must not end yet.
    /// </summary>
    public bool KeepAside()
    {
        lock (_gate)
        {
            if (_forked is not { } had)
            {
                return true;
            }

            var name = $"{Generation}-{_number}";
            if (_aside is null && OwnAside is { } own && IsWritten(own + name, had))
            {
                _aside = own + name;
            }

            var beside = Aside + name;
            if (!_isBeside && IsWrittenInTime(beside, had))
            {
                (_aside, _isBeside) = (beside, true);
            }

            return _aside is not null;
        }
    }

    /// <summary>Finds what processes left beside the keyring, and on this machine's own disk, because it had gone another way: either may have keys that the other lacks.</summary>
    public IReadOnlyList<string> FindAside() =>
    [
        .. new[] { Aside, OwnAside }
            .OfType<string>()
            .Where(path => Directory.Exists(DurableFile.DirectoryOf(path)))
            .SelectMany(path => Directory.EnumerateFiles(DurableFile.DirectoryOf(path), Path.GetFileName(path) + "*"))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Requires that somebody decided about what processes left beside the keyring: one that is opened meanwhile may lack keys, and seals on.</summary>
    /// <exception cref="VaultException">KeyringForked: nobody did.</exception>
    public void RequireDecided()
    {
        if (FindAside() is [var aside, ..])
        {
            throw new VaultException(
                VaultFailure.KeyringForked,
                $"A server left {aside} when the keyring had gone another way than it, or back; either may have keys that the other lacks. Stop all servers, decide which of "
                + $"them is to go on (docs/operations/failover.md), keep the other, and move {aside} to another folder: then this one starts.");
        }
    }

    /// <summary>Requires that the file was not found to have gone another way than this process.</summary>
    /// <exception cref="VaultException">KeyringForked: it was.</exception>
    public void RequireOneWay()
    {
        if (IsForked)
        {
            throw Forked(there: null);
        }
    }

    // What lies there, if it comes after what this process has or is just that.
    private KeyringContent ReadSuccessor()
    {
        // Whatever comes to lie there: keys that only this process has would be zeroed by taking it.
        RequireOneWay();
        var there = KeyringCopies.ReadBest(_files.KeyringPaths).Content;
        if (!IsShared || IsSuccessor(there))
        {
            return there;
        }

        Thread.Sleep(LookOnceMore);
        there = KeyringCopies.ReadBest(_files.KeyringPaths).Content;
        if (IsSuccessor(there))
        {
            return there;
        }

        _forked = _opened.Content.Write(_root);
        KeepAside();
        throw Forked(there.Generation);
    }

    private bool IsSuccessor(KeyringContent there) =>
        there.Installation == InstallationId && there.Generation >= _opened.Content.Generation && !there.IsOtherThan(_opened.Content);

    // Just before it is written over: a lock that was lost while this process hung lets another write meanwhile.
    private void RequireUnchanged(KeyringContent current)
    {
        if (IsShared && KeyringCopies.ReadBest(_files.KeyringPaths).Content is var there && (there.Generation != current.Generation || there.IsOtherThan(current)))
        {
            throw new VaultException(
                VaultFailure.KeyringBusy,
                $"{_files.KeyringPaths[0]} was changed by another process while this one had its lock. Nothing was written; try again, and see that locks hold on all machines.");
        }
    }

    // Each to be ended by generation and number.
    private string Aside => _files.KeyringPaths[0] + ".aside-";

    private string? OwnAside => AsideDirectory is { } own ? Path.Combine(own, "keyring.aside-") : null;

    private static bool IsWritten(string path, byte[] content)
    {
        try
        {
            DurableFile.Replace(path, content, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return true;
        }
        catch (Exception problem) when (IsOfDisk(problem))
        {
            DropHalf(path + ".new");
            return false;
        }
    }

    // Whoever waits has a lock, and no way to wait but this.
    private static bool IsWrittenInTime(string path, byte[] content)
    {
        var isWritten = false;
        var writing = new Thread(() => Volatile.Write(ref isWritten, IsWritten(path, content))) { IsBackground = true };
        writing.Start();
        return writing.Join(AsidePatience) && Volatile.Read(ref isWritten);
    }

    // What a full disk took of it nobody should have to choose from.
    private static void DropHalf(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception problem) when (IsOfDisk(problem))
        {
            // It stays, then.
        }
    }

    private VaultException Forked(long? there) => new(
        VaultFailure.KeyringForked,
        $"The keyring {_files.KeyringPaths[0]}{(there is null ? "" : $" (generation {there})")} is not what this process read there before (generation {Generation}): it was set back, "
        + "or two machines wrote at once, where a lock was lost. "
        + (_aside is { } aside
            ? $"What this process had lies in {aside}; keep both, for each may have keys that the other lacks. "
            : $"What this process had can be written neither beside it nor in {AsideDirectory ?? "another folder"}: it is in memory alone. Make room there, or make it writable, before you end this process. ")
        + "Stop all other servers: docs/operations/failover.md.");
}
