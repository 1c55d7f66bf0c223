using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Fetching;

public sealed class FetchKeysTests(FetchSource made) : IClassFixture<FetchSource>, IAsyncLifetime
{
    private FetchedCopy _copy = null!; // set by InitializeAsync before every test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Own => Path.Combine(_copy.Copy, "keys", "keyring");

    private string Held => Path.Combine(_copy.Copy, "fetched", "keyrings");

    private IReadOnlyList<string> There => KeyringTargets.KeyringPathsIn(_copy.Source);

    public async ValueTask InitializeAsync() => _copy = await FetchedCopy.OfAsync(made);

    public ValueTask DisposeAsync()
    {
        _copy.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task After_an_erasure_the_keyring_of_before_is_held_for_a_month_and_then_destroyed()
    {
        await _copy.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        using (var keyring = OpenCopy(out var work))
        {
            keyring.DestroyProjectKeys(SampleInstallation.Project);
            keyring.CopyTo(There);
            Directory.Delete(work, recursive: true);
        }

        await _copy.FetchAsync();
        Assert.NotEqual(before, await File.ReadAllBytesAsync(Own, Token));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Assert.Single(Directory.EnumerateDirectories(Held)), "keyring"), Token));

        // The server's clock and this one's may jump: days count on which was fetched.
        _copy.Clock.Ahead = TimeSpan.FromDays(4000);
        await _copy.FetchAsync();
        Assert.Single(Directory.EnumerateDirectories(Held));
        for (var day = 0; day < FetchOptions.HeldKeyringDays; day++)
        {
            _copy.Clock.Ahead += TimeSpan.FromDays(1);
            await _copy.FetchAsync();
        }

        Assert.Empty(Directory.EnumerateDirectories(Held));
        Assert.Empty(_copy.Notes.HeldKeyrings);
    }

    [Fact]
    public async Task An_older_another_installations_or_a_damaged_keyring_takes_the_place_of_none()
    {
        await _copy.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        var other = Path.Combine(_copy.Restored, "other");
        Directory.CreateDirectory(other);
        using (var stranger = Keyring.Create(KeyringFiles.Below(other), TimeProvider.System))
        {
            foreach (var path in There)
            {
                File.Copy(KeyringFiles.Below(other).KeyringPaths[0], path, overwrite: true);
            }
        }

        Assert.Equal(FetchAlarmKind.Refused, Assert.Single((await _copy.FetchAsync()).Alarms).Kind);
        foreach (var path in There)
        {
            await File.WriteAllBytesAsync(path, before[..^1], Token);
        }

        Assert.Equal(2, (await _copy.FetchAsync()).Alarms.Count);
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
    }

    [Fact]
    public async Task While_somebody_has_to_look_at_something_no_keyring_that_is_held_is_destroyed()
    {
        await _copy.FetchAsync();
        using (var keyring = OpenCopy(out var work))
        {
            keyring.DestroyProjectKeys(SampleInstallation.Project);
            keyring.CopyTo(There);
            Directory.Delete(work, recursive: true);
        }

        File.Delete(FetchedCopy.FileBelow(_copy.Source, "backups", "manifest.json"));
        for (var day = 0; day <= FetchOptions.HeldKeyringDays; day++)
        {
            _copy.Clock.Ahead += TimeSpan.FromDays(1);
            await _copy.FetchAsync();
        }

        Assert.Single(Directory.EnumerateDirectories(Held));
        await FetchBackup.AcceptAsync(_copy.Copy, Token);
        await _copy.FetchAsync();
        Assert.Empty(Directory.EnumerateDirectories(Held));
    }

    [Fact]
    public async Task A_copy_that_a_disk_or_a_kill_left_behind_is_written_anew_and_one_that_only_gained_keys_is_held_once_a_day()
    {
        await _copy.FetchAsync();
        var before = await File.ReadAllBytesAsync(Own, Token);
        await File.WriteAllBytesAsync(Own, before[..^5], Token);
        await _copy.FetchAsync();
        Assert.Equal(before, await File.ReadAllBytesAsync(Own, Token));
        using var keyring = OpenCopy(out var work);
        for (var count = 0; count < 3; count++)
        {
            keyring.CreateProjectKeys(Guid.NewGuid());
            keyring.CopyTo(There);
            Assert.Empty((await _copy.FetchAsync()).Alarms);
        }

        Directory.Delete(work, recursive: true);
        Assert.Equal(await File.ReadAllBytesAsync(There[0], Token), await File.ReadAllBytesAsync(Own, Token));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Assert.Single(Directory.EnumerateDirectories(Held)), "keyring"), Token));
    }

    // A server's own, so that the shared one stays as it is.
    private Keyring OpenCopy(out string work)
    {
        work = Directory.CreateTempSubdirectory("fieldkeep-test-").FullName;
        var (from, to) = (KeyringFiles.Below(made.Installation.Data), KeyringFiles.Below(work));
        foreach (var (one, other) in from.KeyringPaths.Append(from.RootKeyPath).Zip(to.KeyringPaths.Append(to.RootKeyPath)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(other) ?? "", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Copy(one, other);
        }

        return Keyring.Open(to, TimeProvider.System);
    }
}
