using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Submissions.Receiving;

/// <summary>A commit that names files waits for their copies.</summary>
public sealed class KeptBlobsTests(TestServer server) : IClassFixture<TestServer>
{
    private string Root => Path.Combine(server.DataFolder, "blobs");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Before_a_commit_names_files_their_copies_are_asked_for_all_at_once_and_it_waits_for_them()
    {
        var (asked, kept) = (new List<string>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var store = new BlobStore(Root, TimeProvider.System, (paths, _) =>
        {
            asked.AddRange(paths);
            return kept.Task;
        });
        var (one, other) = (await MakeAsync(store), await MakeAsync(store));
        await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
        await store.RecordAsync(tx, [one], Token);
        await store.RecordAsync(tx, [other], Token);
        Assert.Empty(asked);

        var commit = tx.CommitAsync(Token);

        Assert.Equal(2, asked.Count);
        Assert.All(asked, path => Assert.True(File.Exists(Path.Combine(Root, path)), path));
        Assert.False(commit.IsCompleted);
        Assert.Equal(0, await CountAsync(one));
        kept.SetResult();
        await commit;
        Assert.Equal(1, await CountAsync(one));
    }

    [Fact]
    public async Task What_cannot_be_so_before_a_commit_prevents_it()
    {
        var store = new BlobStore(Root, TimeProvider.System, (_, _) => Task.FromException(new IOException("It is not kept.")));
        var blob = await MakeAsync(store);
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            store.DiscardOnRollback(tx, blob);
            await store.RecordAsync(tx, [blob], Token);
            await Assert.ThrowsAsync<IOException>(() => tx.CommitAsync(Token));
        }

        Assert.Equal(0, await CountAsync(blob));
        Assert.False(store.Has(blob.Id));
    }

    private Task<long> CountAsync(StoredBlob blob) =>
        server.QueryAsync<long>("select count(*) from blobs.blobs where sha256 = @sha256", new { sha256 = blob.Id.Sha256.ToArray() });

    private static async Task<StoredBlob> MakeAsync(BlobStore store)
    {
        await using var stage = store.Begin();
        await stage.WriteAsync(Guid.CreateVersion7().ToByteArray(), Token);
        return await stage.FinishAsync(Token);
    }
}
