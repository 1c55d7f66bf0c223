using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Objects;

/// <summary>What is fetched from a store that has lost some of it, or does not give it out.</summary>
public sealed class FetchFromStrangeStoreTests : IAsyncDisposable
{
    private readonly StrangeStore _strange = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _strange.DisposeAsync();

    [Fact]
    public async Task Objects_in_cold_storage_hold_up_no_other_however_many_lie_there()
    {
        var names = StrangeStore.BlobsOf(30);
        var warm = names.Keys.Order(StringComparer.Ordinal).TakeLast(5).ToList();
        foreach (var (name, bytes) in names)
        {
            _strange.Objects[$"here/id/blobs/{name[..2]}/{name}"] = bytes;
        }

        _strange.Answer = call => call.Request.RawUrl!.Contains("/blobs/", StringComparison.Ordinal) && !warm.Contains(Path.GetFileName(call.Request.RawUrl))
            ? StrangeStore.SayAsync(call, 403, "<Error><Code>InvalidObjectState</Code></Error>")
            : Task.FromResult(false);
        using var folder = new ScratchFolder();
        using var store = new ObjectStore(_strange.Options);
        var look = new FetchLook(new FetchNotes { SourceId = "id" }, TimeProvider.System, Follower.Quiet);
        await new StoredBlobs(SourceOf(store, folder, look)).RunAsync(Token);
        Assert.Equal(5, look.Blobs);
        Assert.Equal(25, look.TroubleCount);
    }

    [Fact]
    public async Task A_mark_of_the_format_that_cannot_be_read_does_not_end_a_fetch()
    {
        _strange.Answer = async call =>
        {
            call.Response.ContentLength64 = PieceName.Format.Length;
            await call.Response.OutputStream.WriteAsync("field"u8.ToArray(), Token);
            await call.Response.OutputStream.FlushAsync(Token);
            call.Response.Abort();
            return true;
        };
        using var folder = new ScratchFolder();
        using var store = new ObjectStore(_strange.Options);
        var look = new FetchLook(new FetchNotes { SourceId = "id" }, TimeProvider.System, Follower.Quiet);
        await SourceOf(store, folder, look).RequireFormatAsync(Token);
        Assert.Contains(PieceName.FormatKey, Assert.Single(look.Troubles), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_the_store_has_lost_holds_up_no_other()
    {
        var names = StrangeStore.BlobsOf(3);
        foreach (var (name, bytes) in names)
        {
            _strange.Objects[$"here/id/blobs/{name[..2]}/{name}"] = bytes;
        }

        var lost = names.Keys.Order(StringComparer.Ordinal).First();
        _strange.Answer = call => call.Request.RawUrl!.EndsWith(lost, StringComparison.Ordinal) ? StrangeStore.SayAsync(call, 500, "<Error><Code>InternalError</Code></Error>") : Task.FromResult(false);
        using var folder = new ScratchFolder();
        var look = new FetchLook(new FetchNotes { SourceId = "id" }, TimeProvider.System, Follower.Quiet);
        using var store = new ObjectStore(_strange.Options);
        await new StoredBlobs(SourceOf(store, folder, look)).RunAsync(Token);
        Assert.Equal(2, look.Blobs);
        Assert.Contains(lost, Assert.Single(look.Troubles), StringComparison.Ordinal);
        Assert.Empty(look.Raised);
    }

    private static StoreSource SourceOf(ObjectStore store, ScratchFolder folder, FetchLook look)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, FetchNotes.Folder));
        return new StoreSource(store, "id", new BackupStore(folder.Path) { LeastFreeBytes = 0 }, null, look);
    }
}
