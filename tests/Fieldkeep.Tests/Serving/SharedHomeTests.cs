using Fieldkeep.Backup.Clusters;
using Fieldkeep.Cli;
using Fieldkeep.Serving;
using Fieldkeep.Tests.Support;
using Fieldkeep.Vault;
using Xunit;

namespace Fieldkeep.Tests.Serving;

/// <summary>The folder that several servers share is made once, and never where it is only not mounted.</summary>
public sealed class SharedHomeTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private string Shared => _scratch.File("shared");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Nothing_is_made_where_the_folder_of_before_is_not_mounted()
    {
        var own = Own("own");
        SharedHome.Enter(own, Shared, provider: null);
        SharedHome.Enter(own, Shared, provider: null);
        Assert.Equal(Path.Combine(Shared, "keys"), new DirectoryInfo(Path.Combine(own.Root, "keys")).LinkTarget);

        Directory.Move(Shared, _scratch.File("away"));
        Assert.Contains("not there", Refusal(own), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Shared));

        Assert.Contains("nothing else", Assert.Throws<CommandException>(() => SharedHome.Enter(own, _scratch.File("away"), provider: null)).Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_that_servers_had_and_that_is_not_mounted_is_not_made_anew_for_one_that_joins()
    {
        Directory.CreateDirectory(Path.Combine(Shared, "keys", "servers"));
        File.WriteAllText(Path.Combine(Shared, "keys", "servers", "abc"), "1");
        Directory.CreateDirectory(Path.Combine(Shared, "blobs"));

        Assert.Contains("blobs", Refusal(Own("joins")), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(Shared, "blobs")));
    }

    [Fact]
    public void A_link_of_ones_own_is_no_shared_folder()
    {
        var (own, disk) = (Own("alone"), Directory.CreateDirectory(_scratch.File("disk")).FullName);
        Directory.CreateSymbolicLink(Path.Combine(own.Root, "blobs"), disk);
        SharedHome.Enter(own, shared: null, provider: null);

        Directory.CreateDirectory(Path.Combine(disk, "staging", "servers"));
        var several = Assert.Throws<CommandException>(() => SharedHome.Enter(own, shared: null, provider: null));
        Assert.Equal(ExitCodes.Refused, several.ExitCode);
        Assert.Contains("one of several", several.Message, StringComparison.Ordinal);

        // A disk that comes later than the server keeps it waiting, not down.
        Directory.Delete(disk, recursive: true);
        Assert.Equal(ExitCodes.FolderClosed, Assert.Throws<CommandException>(() => SharedHome.Enter(own, shared: null, provider: null)).ExitCode);
    }

    [Fact]
    public async Task Commands_too_write_over_nothing_that_they_did_not_read_where_servers_share_the_keys()
    {
        var (token, alone) = (TestContext.Current.CancellationToken, Own("alone"));
        var disk = Directory.CreateDirectory(_scratch.File("disk")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(alone.Root, "keys"), disk);
        using var own = await KeyringHome.OpenAsync(alone, provider: null, TimeProvider.System, token);
        Assert.False(own.IsShared);

        Directory.CreateDirectory(Path.Combine(disk, "servers"));
        using var shared = await KeyringHome.OpenAsync(alone, provider: null, TimeProvider.System, token);
        Assert.Equal((true, alone.Root), (shared.IsShared, shared.AsideDirectory));

        // What a server left when the keyring had gone another way waits for somebody to decide.
        await File.WriteAllBytesAsync(Path.Combine(alone.Root, "keyring.aside-7-0a1b2c3d"), [], token);
        var undecided = await Assert.ThrowsAsync<VaultException>(() => KeyringHome.OpenAsync(alone, provider: null, TimeProvider.System, token));
        Assert.Equal(VaultFailure.KeyringForked, undecided.Reason);
    }

    [Fact]
    public void Keys_that_are_shared_are_not_made_at_a_key_service()
    {
        var own = Own("own");
        Assert.Contains("no keys yet", Assert.Throws<CommandException>(() => SharedHome.Enter(own, Shared, "passphrase")).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(own.Root));
    }

    private ClusterFolders Own(string name) => new(Directory.CreateDirectory(_scratch.File(name)).FullName);

    private string Refusal(ClusterFolders own) => Assert.Throws<CommandException>(() => SharedHome.Enter(own, Shared, provider: null)).Message;
}
