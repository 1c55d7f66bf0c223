using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests;

public sealed class DeviceTreeTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public DeviceTreeTests()
    {
        Device("8:1", "sda/sda1", isPartition: true);
        Device("8:2", "sda/sda2", isPartition: true);
        Device("8:16", "sdb");
        Device("8:32", "sdc");
        Device("253:0", "dm-0", "sda2");
        Device("253:1", "dm-1", "dm-0");
        Device("9:0", "md0", "sdb", "sdc");
        Device("7:0", "loop0");
        Directory.CreateDirectory(Sys("devices/loop0/loop"));
        File.WriteAllText(Sys("devices/loop0/loop/backing_file"), "/srv/with blank/disk.img\n");
        foreach (var one in new[] { "sdb", "sdc" })
        {
            Directory.CreateDirectory(Sys("fs/btrfs/1-2/devices"));
            Directory.CreateSymbolicLink(Sys("fs/btrfs/1-2/devices/" + one), Sys("devices/" + one));
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_mounted_at_a_folder_or_below_it_is_found_and_what_only_begins_like_it_is_not()
    {
        var tree = new DeviceTree(_folder.Path, [
            "20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw",
            "21 20 8:2 / /data/postgres rw - ext4 /dev/sda2 rw",
            "22 20 8:3 / /data/postgres/with\\040blank rw - ext4 /dev/sda3 rw",
            "23 20 8:4 / /data/postgres2 rw - ext4 /dev/sda4 rw",
        ]);

        Assert.Equal(["/data/postgres", "/data/postgres/with blank"], tree.MountsIn("/data/postgres"));
        Assert.Empty(tree.MountsIn("/data/snapshots"));
    }

    [Theory]
    [InlineData("8:1 /", "8:2 /home", true)] // two partitions
    [InlineData("8:1 /", "253:1 /var", true)] // a volume upon a volume on the same disk
    [InlineData("8:1 /", "8:16 /mnt/usb", false)]
    [InlineData("8:16 /mnt/usb", "9:0 /raid", true)] // one of an array's disks
    [InlineData("8:1 /", "7:0 /mnt/loop", true)] // a file that serves as a disk lies on one
    [InlineData("8:16 /mnt/usb", "7:0 /mnt/loop", false)]
    [InlineData("8:32 /", "0:40 /data", true)] // btrfs over two disks; a subvolume has a number of its own
    [InlineData("8:1 /", "0:40 /data", false)]
    [InlineData("0:50 /tank/a", "0:51 /tank/b", true)] // two data sets of a pool
    [InlineData("0:50 /tank/a", "8:1 /", null)] // what a pool stands on is not known
    [InlineData("0:50 /tank/a", "0:60 /mnt/nas", false)]
    [InlineData("8:1 /", "0:60 /mnt/nas", false)]
    [InlineData("0:60 /mnt/nas", "0:61 /mnt/nas2", true)] // two shares of one machine
    [InlineData("8:1 /", "0:70 /overlay", null)]
    [InlineData("8:1 /", "0:99 /nowhere", null)]
    [InlineData("8:1 /", "8:99 /gone", null)]
    public void What_lies_below_two_file_systems_says_whether_they_share_a_disk(string one, string other, bool? areSame)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "not run: needs symbolic links as Linux has them");
        var tree = new DeviceTree(_folder.Path, [
            "20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw",
            "21 20 8:16 / /srv/with\\040blank rw - ext4 /dev/sda1 rw",
            "21 20 8:1 / /srv/with\\040blank rw - ext4 /dev/sda1 rw",
            "22 20 0:30 /sub /data rw shared:2 master:3 - btrfs /dev/sdb rw",
            "23 20 0:50 / /tank/a rw - zfs tank/a rw",
            "24 20 0:51 / /tank/b rw - zfs tank/b rw",
            "25 20 0:60 / /mnt/nas rw - nfs4 nas.example:/one rw",
            "26 20 0:61 / /mnt/nas2 rw - cifs //nas.example/two rw",
            "27 20 0:70 / /overlay rw - overlay overlay rw",
            "a line of another kind",
        ]);
        Assert.Equal(areSame, Find(one) is { } here && Find(other) is { } there ? DeviceTree.AreSame(here, there) : null);

        IReadOnlySet<string>? Find(string what)
        {
            var numbers = what.Split(' ')[0].Split(':');
            return tree.Find((ulong.Parse(numbers[0], null) << 8) | ulong.Parse(numbers[1], null), what.Split(' ')[1]);
        }
    }

    [Fact]
    public async Task Folders_of_one_file_system_are_on_one_disk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "not run: needs /proc and /sys");
        Assert.True(await Disks.AreSameAsync(_folder.Path, Sys("devices"), TestContext.Current.CancellationToken));
        Assert.Null(await Disks.AreSameAsync(_folder.Path, Sys("nothing"), TestContext.Current.CancellationToken));
    }

    private void Device(string number, string path, params string[] slaves)
    {
        Device(number, path, isPartition: false);
        foreach (var slave in slaves)
        {
            Directory.CreateDirectory(Sys($"devices/{path}/slaves"));
            Directory.CreateSymbolicLink(Sys($"devices/{path}/slaves/{slave}"), Sys("class/block/" + slave));
        }
    }

    private void Device(string number, string path, bool isPartition)
    {
        Directory.CreateDirectory(Sys("devices/" + path));
        Directory.CreateDirectory(Sys("dev/block"));
        Directory.CreateDirectory(Sys("class/block"));
        Directory.CreateSymbolicLink(Sys("dev/block/" + number), Sys("devices/" + path));
        Directory.CreateSymbolicLink(Sys("class/block/" + Path.GetFileName(path)), Sys("devices/" + path));
        if (isPartition)
        {
            File.WriteAllText(Sys($"devices/{path}/partition"), "1\n");
        }
    }

    private string Sys(string below) => Path.Combine(_folder.Path, below);
}
