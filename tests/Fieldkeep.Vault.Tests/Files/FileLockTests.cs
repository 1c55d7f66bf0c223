using System.Globalization;
using System.Runtime.InteropServices;
using Fieldkeep.Vault.Files;
using Xunit;

namespace Fieldkeep.Vault.Tests.Files;

/// <summary>One has the lock of a file at a time, and whoever lets it go has it no more, whatever was started meanwhile.</summary>
public sealed partial class FileLockTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();

    private string LockPath => Path.Combine(_scratch.Path, "lock");

    [Fact]
    public void One_has_it_at_a_time()
    {
        using (var held = FileLock.TryTake(LockPath))
        {
            Assert.NotNull(held);
            Assert.Equal(LockPath, held.Path);
            Assert.Null(FileLock.TryTake(LockPath));
        }

        using var next = FileLock.TryTake(LockPath);
        Assert.NotNull(next);
    }

    [Fact]
    public void It_is_let_go_while_a_process_that_is_being_started_has_the_file_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "not run: needs /proc");
        var held = FileLock.TryTake(LockPath);
        var inherited = Duplicate(DescriptorOf(LockPath)); // as fork gives it to a child, until that runs its own program
        try
        {
            Assert.Null(FileLock.TryTake(LockPath));

            held!.Dispose();

            using var next = FileLock.TryTake(LockPath);
            Assert.NotNull(next);
        }
        finally
        {
            _ = Close(inherited);
        }
    }

    [Fact]
    public void It_may_be_let_go_twice_and_takes_nothing_from_the_next()
    {
        var held = FileLock.TryTake(LockPath)!;
        held.Dispose();
        using var next = FileLock.TryTake(LockPath);

        held.Dispose();

        Assert.NotNull(next);
        Assert.Null(FileLock.TryTake(LockPath));
    }

    [Fact]
    public void What_lies_there_and_is_no_file_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "not run: needs links as Linux has them");
        var elsewhere = Path.Combine(_scratch.Path, "elsewhere");
        File.WriteAllText(elsewhere, "another's");
        File.CreateSymbolicLink(LockPath, elsewhere);
        Assert.Throws<IOException>(() => FileLock.TryTake(LockPath));
        Assert.Throws<IOException>(() => FileLock.TryTake(_scratch.Path));
    }

    public void Dispose() => _scratch.Dispose();

    private static int DescriptorOf(string path) =>
        int.Parse(
            Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries("/proc/self/fd"), entry => File.ResolveLinkTarget(entry, false)?.FullName == path)),
            CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
