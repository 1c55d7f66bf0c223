using System.Buffers.Binary;
using System.Security.Cryptography;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

public sealed class FetchKeysTests(FetchSource made) : FetchTests(made)
{
    // docs/formats/keyring.md.
    private const int GenerationAt = 24;
    private const int EpochKeyAt = 64;
    private const int SlotAt = 104;
    private const int SlotKeyAt = 113;
    private const int CountAt = 153;

    private string Own => Path.Combine(Distant.Copy, "keys", "keyring");

    private string Held => Path.Combine(Distant.Copy, "fetched", "keyrings");

    private IReadOnlyList<string> There => KeyringTargets.KeyringPathsIn(Distant.Source);

    [Fact]
    public async Task After_an_erasure_the_keyring_of_before_is_held_for_a_month_and_then_destroyed()
    {
        await Distant.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        using (var keyring = OpenCopy(out var work))
        {
            keyring.DestroyProjectKeys(SampleInstallation.Project);
            keyring.CopyTo(There);
            Directory.Delete(work, recursive: true);
        }

        await Distant.FetchAsync();
        Assert.NotEqual(before, await File.ReadAllBytesAsync(Own, Token));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Assert.Single(Directory.EnumerateDirectories(Held)), "keyring"), Token));

        // The server's clock and this one's may jump: days count on which was fetched.
        Distant.Clock.Ahead = TimeSpan.FromDays(4000);
        await Distant.FetchAsync();
        Assert.Single(Directory.EnumerateDirectories(Held));
        for (var day = 0; day < FetchOptions.HeldKeyringDays; day++)
        {
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
            await Distant.FetchAsync();
        }

        Assert.Empty(Directory.EnumerateDirectories(Held));
        Assert.Empty(Distant.Notes.HeldKeyrings);
    }

    [Fact]
    public async Task An_older_another_installations_or_a_damaged_keyring_takes_the_place_of_none()
    {
        await Distant.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        var other = Path.Combine(Distant.Restored, "other");
        Directory.CreateDirectory(other);
        using (var stranger = Keyring.Create(KeyringFiles.Below(other), TimeProvider.System))
        {
            foreach (var path in There)
            {
                File.Copy(KeyringFiles.Below(other).KeyringPaths[0], path, overwrite: true);
            }
        }

        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        foreach (var path in There)
        {
            await File.WriteAllBytesAsync(path, before[..^1], Token);
        }

        Assert.Equal(2, (await Distant.FetchAsync()).Alarms.Count);
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
    }

    [Fact]
    public async Task While_somebody_has_to_look_at_something_no_keyring_that_is_held_is_destroyed()
    {
        await Distant.FetchAsync();
        using (var keyring = OpenCopy(out var work))
        {
            keyring.DestroyProjectKeys(SampleInstallation.Project);
            keyring.CopyTo(There);
            Directory.Delete(work, recursive: true);
        }

        File.Delete(FetchedCopy.FileBelow(Distant.Source, "backups", "manifest.json"));
        for (var day = 0; day <= FetchOptions.HeldKeyringDays; day++)
        {
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
            await Distant.FetchAsync();
        }

        Assert.Single(Directory.EnumerateDirectories(Held));
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        await Distant.FetchAsync();
        Assert.Empty(Directory.EnumerateDirectories(Held));
    }

    [Fact]
    public async Task ADistant_that_a_disk_or_a_kill_left_behind_is_written_anew_and_one_that_only_gained_keys_is_held_once_a_day()
    {
        await Distant.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        await File.WriteAllBytesAsync(Own, before[..^5], Token);
        await Distant.FetchAsync();
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
        using var keyring = OpenCopy(out var work);
        for (var count = 0; count < 3; count++)
        {
            keyring.CreateProjectKeys(Guid.NewGuid());
            keyring.CopyTo(There);
            Assert.Empty((await Distant.FetchAsync()).Alarms);
        }

        Directory.Delete(work, recursive: true);
        Assert.Equal(await File.ReadAllBytesAsync(There[0], Token), await File.ReadAllBytesAsync(Own, Token));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Assert.Single(Directory.EnumerateDirectories(Held)), "keyring"), Token));
    }

    [Fact]
    public async Task A_keyring_that_nobody_could_follow_is_not_taken_and_one_of_a_server_that_was_set_back_is_once_somebody_accepts_it()
    {
        await Distant.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        var last = Written(before, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), long.MaxValue));
        await PutAsync(last);
        Assert.Equal(FetchAlarmKind.Changed, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));

        var back = Written(before, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), 0));
        await PutAsync(back);
        Assert.Equal(2, (await Distant.FetchAsync()).Alarms.Count);
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);

        // What was accepted is that one, and no other that comes now.
        await PutAsync(last);
        await Distant.FetchAsync();
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
        await PutAsync(back);
        await Distant.FetchAsync();
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(back, await File.ReadAllBytesAsync(Own, Token));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Assert.Single(Directory.EnumerateDirectories(Held)), "keyring"), Token));
    }

    [Fact]
    public async Task A_keyring_without_what_no_erasure_takes_away_is_told_and_the_one_before_stays_held()
    {
        await Distant.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        var empty = Written([.. before[..CountAt], .. new byte[sizeof(int) + 64]], bytes =>
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(GenerationAt)) + 1));
        await PutAsync(empty);
        Assert.Contains((await Distant.FetchAsync()).Alarms, alarm => alarm.Words.Contains("no erasure takes away", StringComparison.Ordinal));

        // Somebody accepts without care, and the server is set right from the keyring it had: it must come, and the false one never destroys the true one.
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        await PutAsync(before);
        for (var day = 0; day <= FetchOptions.HeldKeyringDays + 1; day++)
        {
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
            await Distant.FetchAsync();
            await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
    }

    [Fact]
    public async Task While_the_source_has_no_keyring_none_that_is_held_is_destroyed_whatever_was_accepted()
    {
        await Distant.FetchAsync();
        var next = Written(await File.ReadAllBytesAsync(Own, Token), bytes =>
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(GenerationAt)) + 1));
        await PutAsync(next);
        await Distant.FetchAsync();
        There.ToList().ForEach(File.Delete);
        Assert.Single((await Distant.FetchAsync()).Alarms);
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        for (var day = 0; day <= FetchOptions.HeldKeyringDays; day++)
        {
            Distant.Clock.Ahead += TimeSpan.FromDays(1);
            Assert.Empty((await Distant.FetchAsync()).Alarms);
        }

        Assert.Single(Directory.EnumerateDirectories(Held));
        await PutAsync(next);
        await Distant.FetchAsync();
        Assert.Empty(Directory.EnumerateDirectories(Held));
    }

    [Fact]
    public async Task What_leads_to_the_root_key_stays_when_it_is_gone_at_the_source()
    {
        var slips = There.Select(path => Path.Combine(Path.GetDirectoryName(path) ?? "", "root.slips")).ToList();
        slips.ForEach(path => File.WriteAllText(path, "[]"));
        await Distant.FetchAsync();
        slips.ForEach(File.Delete);
        Assert.Equal(FetchAlarmKind.Vanished, Assert.Single((await Distant.FetchAsync()).Alarms).Kind);
        Assert.Equal("[]", await File.ReadAllTextAsync(Path.Combine(Distant.Copy, "keys", "root.slips"), Token));
    }

    [Fact]
    public async Task One_that_was_accepted_and_could_not_be_written_is_taken_later_and_told_again_when_it_comes_again()
    {
        await Distant.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        var back = Written(before, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), 0));
        await PutAsync(back);
        Assert.Single((await Distant.FetchAsync()).Alarms);
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);

        // In the place of a disk that is full: the new bytes cannot be written.
        var blocked = Directory.CreateDirectory(Own + ".new");
        Assert.Single((await Distant.FetchAsync()).Troubles);
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
        blocked.Delete();
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        Assert.Equal(back, await File.ReadAllBytesAsync(Own, Token));

        await PutAsync(before);
        Assert.Empty((await Distant.FetchAsync()).Alarms);
        await PutAsync(back);
        Assert.Single((await Distant.FetchAsync()).Alarms);
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
    }

    [Fact]
    public async Task Of_several_that_were_refused_only_the_last_was_accepted_and_another_is_told_again()
    {
        await Distant.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        var (one, other) = (Written(before, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), 0)),
            Written(before, bytes => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), long.MaxValue)));
        await PutAsync(other);
        await Distant.FetchAsync();
        await PutAsync(one);
        Assert.Equal(2, (await Distant.FetchAsync()).Alarms.Count);
        await FetchBackup.AcceptAsync(Distant.Copy, Distant.Clock, Token);
        await PutAsync(other);
        Assert.Single((await Distant.FetchAsync()).Alarms);
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
    }

    [Theory]
    [InlineData(EpochKeyAt, "no erasure takes away")]
    [InlineData(SlotAt, "no erasure takes away")]
    [InlineData(SlotKeyAt, "the recovery key was replaced")]
    public async Task A_keyring_that_nobody_could_open_as_before_is_told(int at, string words)
    {
        await Distant.FetchAsync();
        await PutAsync(Written(await File.ReadAllBytesAsync(Own, Token), bytes =>
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(GenerationAt), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(GenerationAt)) + 1);
            bytes[at] ^= 1;
        }));
        Assert.Contains(words, Assert.Single((await Distant.FetchAsync()).Alarms).Words, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateDirectories(Held));
    }

    // Its checksum needs no key.
    private static byte[] Written(byte[] keyring, Action<byte[]> change)
    {
        var bytes = keyring.ToArray();
        change(bytes);
        SHA256.HashData(bytes.AsSpan(..^32)).CopyTo(bytes, bytes.Length - 32);
        return bytes;
    }

    private async Task PutAsync(byte[] keyring)
    {
        foreach (var path in There)
        {
            await File.WriteAllBytesAsync(path, keyring, Token);
        }
    }

    // A server's own, so that the shared one stays as it is.
    private Keyring OpenCopy(out string work)
    {
        work = Directory.CreateTempSubdirectory("fieldkeep-test-").FullName;
        var (from, to) = (KeyringFiles.Below(Made.Installation.Data), KeyringFiles.Below(work));
        foreach (var (one, other) in from.KeyringPaths.Append(from.RootKeyPath).Zip(to.KeyringPaths.Append(to.RootKeyPath)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(other) ?? "", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Copy(one, other);
        }

        return Keyring.Open(to, TimeProvider.System);
    }
}
