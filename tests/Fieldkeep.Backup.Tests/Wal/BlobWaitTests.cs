using Fieldkeep.Backup.Following;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Fieldkeep.Backup.Wal;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Backup.Tests.Wal;

public sealed class BlobWaitTests(SampleTemplate template) : SampleTests(template)
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly List<string> _told = [];

    [Fact]
    public async Task A_disk_that_hangs_is_waited_for_once_and_again_after_a_pause_and_a_whole_look()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        var follower = Follow(keyring);
        var clock = new SecondsClock();
        var wait = new BlobWait(follower, () => true, Long, _told.Add, clock);
        var photo = Path.GetRelativePath(Path.Combine(Sample.Data, "blobs"), Sample.AddBlob("one", 100));
        // Before it is known what the disk has nobody waits, and that is told once.
        await wait.WaitAsync([photo], Token);
        await wait.WaitAsync([photo], Token);
        Assert.NotNull(wait.StoppedAt);
        Assert.Single(_told);

        await follower.LookAsync(Token);
        await RefusedAsync();
        // Whoever asked now would wait in vain once more.
        Assert.True(wait.WaitAsync([photo], Token).IsCompletedSuccessfully);
        await follower.LookAsync(Token);
        await follower.LookAsync(Token);
        Assert.True(wait.WaitAsync([photo], Token).IsCompletedSuccessfully);
        clock.Seconds += (long)Long.TotalSeconds;
        await RefusedAsync();
        Assert.Single(_told);

        // Nobody copies: the time that somebody has for it ends.
        var impatient = new BlobWait(follower, () => true, Short, _told.Add, TimeProvider.System);
        await impatient.WaitAsync([photo], Token);
        Assert.NotNull(impatient.StoppedAt);
        Assert.Contains("takes too long", _told[^1], StringComparison.Ordinal);

        async Task RefusedAsync()
        {
            var waiting = wait.WaitAsync([photo], Token);
            Assert.False(waiting.IsCompleted);
            follower.Asked.Refuse();
            await waiting;
        }
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_never_said_to_be()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var follower = Follow(keyring);
        var run = follower.RunAsync(ending.Token);
        await Follower.UntilAsync(() => follower.Looks > 0, run, () => follower.State.ToString());
        var photo = Sample.AddBlob("one", 100);

        Assert.False(await AskAsync("00/00/" + new string('0', 64)));
        Assert.True(await AskAsync(Path.GetRelativePath(Path.Combine(Sample.Data, "blobs"), photo)));
        Assert.True(File.Exists(Path.Combine(Sample.Target, "blobs", Path.GetFileName(photo)[..2], Path.GetFileName(photo))));

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Task<bool> AskAsync(string path) => follower.Asked.AskAsync([path]).WaitAsync(TimeSpan.FromMinutes(1), Token);
    }

    [Fact]
    public async Task Nobody_waits_while_commits_do_not_and_whoever_asks_is_answered_when_it_ends()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var follower = Follow(keyring);
        await follower.LookAsync(Token);
        await new BlobWait(follower, () => false, Long, _told.Add, TimeProvider.System).WaitAsync(["00/00/none"], Token);

        var waiting = new BlobWait(follower, () => true, Long, _told.Add, TimeProvider.System).WaitAsync(["00/00/none"], Token);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower.RunAsync(ending.Token));
        await waiting.WaitAsync(TimeSpan.FromMinutes(1), Token);

        Assert.Single(_told);
        Assert.False(await follower.Asked.AskAsync(["00/00/none"]));
    }

    [Fact]
    public async Task What_came_since_the_last_look_is_there_when_it_has_ended()
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(Sample.Data), TimeProvider.System);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Token);
        // No pause of it ever ends by itself.
        var follower = Follow(keyring, new SecondsClock());
        var run = follower.RunAsync(ending.Token);
        await Follower.UntilAsync(() => follower.Looks > 0, run, () => follower.State.ToString());
        var photo = Path.GetFileName(Sample.AddBlob("one", 100));
        var there = Path.Combine(Sample.Target, "blobs", photo[..2], photo);
        Assert.False(File.Exists(there));

        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);

        Assert.True(File.Exists(there));
        Assert.Empty(_told);
    }

    private BlobFollower Follow(Keyring keyring, TimeProvider? clock = null)
    {
        Directory.CreateDirectory(Sample.Target);
        return new BlobFollower(Sample.Data, new BackupStore(Sample.Target), keyring, _told.Add, clock ?? TimeProvider.System);
    }
}
