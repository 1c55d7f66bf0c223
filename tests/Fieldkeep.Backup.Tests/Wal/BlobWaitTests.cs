using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class BlobWaitTests(SampleTemplate template) : IClassFixture<SampleTemplate>, IAsyncLifetime
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private SampleInstallation _sample = null!; // set by InitializeAsync before every test
    private readonly List<string> _told = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sample = await template.Installation.CopyAsync();

    public ValueTask DisposeAsync()
    {
        _sample.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_disk_that_hangs_is_waited_for_once_and_again_when_it_takes_blobs()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        var follower = Follow(keyring);
        var wait = new BlobWait(follower, () => true, Short, _told.Add, TimeProvider.System);
        var photo = Path.GetRelativePath(Path.Combine(_sample.Data, "blobs"), _sample.AddBlob("one", 100));
        // Nobody waits before all that was there is known to be there.
        await wait.WaitAsync([photo], Token);
        Assert.Null(wait.StoppedAt);

        await follower.LookAsync(Token);
        await wait.WaitAsync([photo], Token);
        Assert.NotNull(wait.StoppedAt);
        Assert.Contains("it takes too long", Assert.Single(_told), StringComparison.Ordinal);
        // Nobody copies: whoever asked now would be told once more.
        await wait.WaitAsync([photo], Token);
        Assert.Single(_told);

        await follower.LookAsync(Token);
        await wait.WaitAsync([photo], Token);
        Assert.Equal(2, _told.Count);
    }

    [Fact]
    public async Task Nobody_waits_while_commits_do_not_and_whoever_asks_is_answered_when_it_ends()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(_sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var follower = Follow(keyring);
        await follower.LookAsync(Token);
        await new BlobWait(follower, () => false, Long, _told.Add, TimeProvider.System).WaitAsync(["00/00/none"], Token);

        var waiting = new BlobWait(follower, () => true, Long, _told.Add, TimeProvider.System).WaitAsync(["00/00/none"], Token);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower.RunAsync(ending.Token));
        await waiting;

        Assert.Single(_told);
        Assert.False(await follower.Asked.AskAsync(["00/00/none"]));
    }

    private BlobFollower Follow(Keyring keyring)
    {
        Directory.CreateDirectory(_sample.Target);
        return new BlobFollower(_sample.Data, new BackupStore(_sample.Target), keyring, _told.Add, TimeProvider.System);
    }
}
