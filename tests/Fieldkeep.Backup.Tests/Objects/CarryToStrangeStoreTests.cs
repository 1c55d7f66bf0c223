using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Objects;

/// <summary>What is carried to a store that refuses, keeps something else, or has something else there already.</summary>
public sealed class CarryToStrangeStoreTests : IAsyncDisposable
{
    private readonly StrangeStore _strange = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _strange.DisposeAsync();

    [Fact]
    public async Task What_cannot_be_put_under_any_of_its_names_is_alarmed_and_does_not_count_as_carried()
    {
        for (var again = 1; again <= PieceName.MostAgain; again++)
        {
            _strange.Objects[$"here/id/{PieceName.KeyOf("name", again)}"] = "what was seNt"u8.ToArray();
        }

        var alarms = new List<string>();
        using var store = new ObjectStore(_strange.Options);
        using var content = StrangeStore.Sent();
        var place = new CarryPlace("/", "id", _ => { }, store, alarms.Add, _ => { }, (_, _) => { });
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("name", content, StrangeStore.Digest, Token));
        Assert.Equal(PieceName.MostAgain + 1, alarms.Count);
        // Nor later, and nothing is asked for it.
        _strange.Asked.Clear();
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("name", content, StrangeStore.Digest, Token));
        Assert.Empty(_strange.Asked);
        // A store that changes what it takes is not sent it nine times.
        _strange.Keep = bytes => [.. bytes[..^1], 0];
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("another", content, StrangeStore.Digest, Token));
        Assert.Equal(2, _strange.Asked.Count(asked => asked.StartsWith("PUT", StringComparison.Ordinal)));
        // Nor at the next look.
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("another", content, StrangeStore.Digest, Token));
        Assert.Equal(2, _strange.Asked.Count(asked => asked.StartsWith("PUT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Blobs_that_the_store_refuses_hold_up_no_others_nor_the_lists_and_do_not_count_as_carried()
    {
        var names = StrangeStore.BlobsOf(50);
        using var folder = new ScratchFolder();
        Write(folder, names);
        // Each second one is refused, for what a filter before the store thinks of it.
        var refused = names.Keys.Order(StringComparer.Ordinal).Where((_, at) => at % 2 == 0).ToDictionary(name => name, _ => 403, StringComparer.Ordinal);
        _strange.Answer = call => call.Request.HttpMethod == "PUT" && refused.TryGetValue(Path.GetFileName(call.Request.RawUrl!), out var status)
            ? StrangeStore.SayAsync(call, status, "<Error><Code>AccessDenied</Code></Error>")
            : Task.FromResult(false);
        using var store = new ObjectStore(_strange.Options);
        var place = PlaceOf(store, folder);
        await Assert.ThrowsAsync<IOException>(() => new CarryBlobs(place, TimeSpan.Zero, TimeProvider.System).RunAsync(Token));
        Assert.Equal(
            names.Keys.Except(refused.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal), _strange.Objects.Keys.Select(key => Path.GetFileName(key)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Three_refusals_that_may_be_about_all_are_borne_and_those_with_something_put_between_them_do_not_count()
    {
        var no = new ObjectStoreException("the store says no") { Status = 403 };
        using var store = new ObjectStore(_strange.Options);
        using var folder = new ScratchFolder();
        var place = PlaceOf(store, folder);
        var heldUp = new HeldUp(place);
        Assert.Equal("True True True", string.Join(' ', Enumerable.Range(0, 3).Select(_ => heldUp.Takes(no))));
        using var content = StrangeStore.Sent();
        await place.PutAsync("name", content, StrangeStore.Digest, Token);
        Assert.Equal("True True True False", string.Join(' ', Enumerable.Range(0, 4).Select(_ => heldUp.Takes(no))));
        heldUp = new HeldUp(place);
        var large = new ObjectStoreException("the store says no") { Status = 413 };
        Assert.Equal(20, Enumerable.Range(0, 30).Count(_ => heldUp.Takes(large)));
        Assert.Throws<IOException>(heldUp.ThrowIfAny);
    }

    [Fact]
    public async Task A_name_that_somebody_invented_with_the_first_digits_of_a_blob_does_not_stand_for_it()
    {
        var names = StrangeStore.BlobsOf(1);
        var name = names.Keys.Single();
        using var folder = new ScratchFolder();
        Write(folder, names);
        _strange.Objects[$"here/id/blobs/{name[..2]}/{name[..16]}{new string('0', 48)}"] = [1];
        using var store = new ObjectStore(_strange.Options);
        await new CarryBlobs(PlaceOf(store, folder), TimeSpan.Zero, TimeProvider.System).RunAsync(Token);
        Assert.Equal(names[name], _strange.Objects[$"here/id/blobs/{name[..2]}/{name}"]);
    }

    [Fact]
    public async Task What_was_left_out_is_told_and_taken_back_when_it_is_removed()
    {
        var names = StrangeStore.BlobsOf(2);
        var damaged = names.Keys.Order(StringComparer.Ordinal).First();
        using var folder = new ScratchFolder();
        Write(folder, names);
        var path = Path.Combine(folder.Path, "blobs", damaged[..2], damaged);
        await File.WriteAllBytesAsync(path, [1], Token);
        var leftOut = new Dictionary<string, string>(StringComparer.Ordinal);
        using var store = new ObjectStore(_strange.Options);
        var carry = new CarryBlobs(PlaceOf(store, folder, leftOut), TimeSpan.Zero, TimeProvider.System);
        await carry.RunAsync(Token);
        Assert.Contains(damaged, Assert.Single(leftOut.Values), StringComparison.Ordinal);
        File.Delete(path);
        await carry.RunAsync(Token);
        Assert.Empty(leftOut);
    }

    private static void Write(ScratchFolder folder, Dictionary<string, byte[]> blobs)
    {
        foreach (var (name, bytes) in blobs)
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, "blobs", name[..2]));
            File.WriteAllBytes(Path.Combine(folder.Path, "blobs", name[..2], name), bytes);
        }
    }

    private static CarryPlace PlaceOf(ObjectStore store, ScratchFolder folder, Dictionary<string, string>? leftOut = null) => new(
        folder.Path, "id", _ => { }, store, _ => { }, _ => { }, (key, words) => _ = words is null ? leftOut?.Remove(key) : leftOut?.TryAdd(key, words));
}
