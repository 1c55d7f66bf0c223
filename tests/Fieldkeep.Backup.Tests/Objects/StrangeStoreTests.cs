using System.Text;
using Fieldkeep.Backup.Fetching;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Store;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Objects;

/// <summary>Stores that refuse, hang, cut off, or keep something else.</summary>
public sealed class StrangeStoreTests : IAsyncDisposable
{
    private const string Content = "what was sent";

    private static readonly string Digest = StoreSource.HashOf(Encoding.UTF8.GetBytes(Content));

    private readonly StrangeStore _strange = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _strange.DisposeAsync();

    [Fact]
    public async Task What_is_put_lies_there_is_not_put_twice_and_nothing_is_ever_deleted()
    {
        await PutAsync();
        Assert.Equal(Content, Encoding.UTF8.GetString(_strange.Objects["here/name"]));
        // There is one of that name and content: that is as good.
        await PutAsync();
        Assert.DoesNotContain(_strange.Asked, asked => asked.StartsWith("DELETE", StringComparison.Ordinal) || asked.Contains(StrangeStore.Secret, StringComparison.Ordinal));
        Assert.All(_strange.Asked.Where(asked => asked.StartsWith("PUT", StringComparison.Ordinal)), asked => Assert.Contains("If-None-Match", asked, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Other_content_under_a_name_is_told_and_not_overwritten()
    {
        _strange.Objects["here/name"] = "what was seNt"u8.ToArray();
        Assert.True((await Assert.ThrowsAsync<ObjectStoreException>(PutAsync)).IsOther);
        Assert.Equal("what was seNt", Encoding.UTF8.GetString(_strange.Objects["here/name"]));
        _strange.Objects["here/name"] = [1];
        Assert.True((await Assert.ThrowsAsync<ObjectStoreException>(PutAsync)).IsOther);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public async Task A_store_that_keeps_other_bytes_than_were_sent_is_found_out(int longer)
    {
        _strange.Keep = bytes => [.. bytes[..^1], .. new byte[1 + longer]];
        Assert.True((await Assert.ThrowsAsync<ObjectStoreException>(PutAsync)).IsOther);
    }

    [Fact]
    public async Task A_store_that_knows_no_conditions_is_asked_without()
    {
        _strange.Answer = call => call.Request.Headers["If-None-Match"] is null ? Task.FromResult(false) : StrangeStore.SayAsync(call, 501, "<Error><Code>NotImplemented</Code></Error>");
        await PutAsync();
        Assert.True(_strange.Objects.ContainsKey("here/name"));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(503)]
    public async Task A_refusal_is_told_by_its_status_and_by_none_of_its_words(int status)
    {
        _strange.Answer = call =>
        {
            call.Response.Headers["Location"] = "http://127.0.0.2:9/";
            return StrangeStore.SayAsync(
                call, status, $"<Error><Code>AccessDenied</Code><Message>{StrangeStore.Secret}</Message><AWSAccessKeyId>somebody</AWSAccessKeyId></Error>");
        };
        var refused = await Assert.ThrowsAsync<ObjectStoreException>(PutAsync);
        Assert.Equal(status, refused.Status);
        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("somebody", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(StrangeStore.Secret, refused.ToString(), StringComparison.Ordinal);
        Assert.False(refused.IsOther);
    }

    [Fact]
    public async Task A_store_that_leads_elsewhere_is_not_followed()
    {
        _strange.Answer = call =>
        {
            // A name that the SDK takes for one of Amazon's; to follow would be no answer.
            call.Response.Headers["Location"] = "http://s3-x.localhost/bucket/here/name";
            return StrangeStore.SayAsync(call, 307, "<Error><Code>TemporaryRedirect</Code></Error>");
        };
        Assert.Equal(307, (await Assert.ThrowsAsync<ObjectStoreException>(PutAsync)).Status);
        Assert.Single(_strange.Asked);
    }

    [Fact]
    public async Task A_list_without_an_end_is_not_read_to_it()
    {
        _strange.Answer = async call =>
        {
            call.Response.SendChunked = true;
            for (var chunk = Encoding.UTF8.GetBytes(new string(' ', 1 << 20)); ;)
            {
                await call.Response.OutputStream.WriteAsync(chunk, Token);
            }
        };
        using var store = new ObjectStore(_strange.Options);
        await Assert.ThrowsAsync<ObjectStoreException>(() => store.ListFoldersAsync("", Token));
    }

    [Fact]
    public async Task A_store_that_hangs_is_given_up()
    {
        _strange.Answer = async _ =>
        {
            await Task.Delay(TimeSpan.FromSeconds(60), Token);
            return true;
        };
        using var store = new ObjectStore(_strange.Options with { Patience = TimeSpan.FromMilliseconds(500) });
        using var content = Sent();
        Assert.Contains("in time", (await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync("name", content, Digest, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_stands_still_is_given_up_however_long_all_of_it_may_take()
    {
        const long hours = 1L << 30;
        _strange.Answer = async call =>
        {
            call.Response.ContentLength64 = hours;
            await call.Response.OutputStream.WriteAsync(new byte[10], Token);
            await call.Response.OutputStream.FlushAsync(Token);
            await Task.Delay(TimeSpan.FromSeconds(60), Token);
            return true;
        };
        using var store = new ObjectStore(_strange.Options with { Patience = TimeSpan.FromMilliseconds(500) });
        var silent = await Assert.ThrowsAsync<ObjectStoreException>(() => store.ReadAsync("name", Stream.Null, hours, Digest, Token));
        Assert.Contains("in time", silent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_that_does_not_get_there_is_sent_again_and_those_before_it_are_not()
    {
        var sent = new List<string>();
        _strange.Answer = async call =>
        {
            var query = call.Request.Url!.Query;
            var part = call.Request.QueryString["partNumber"];
            if (call.Request.HttpMethod == "PUT" && part is not null)
            {
                using var body = new MemoryStream();
                await call.Request.InputStream.CopyToAsync(body, Token);
                sent.Add(part);
                // Not one of those that the SDK itself tries again, and rests before.
                return await StrangeStore.SayAsync(call, part == "2" && sent.Count(one => one == "2") == 1 ? 501 : 200, "");
            }

            if (call.Request.HttpMethod != "POST")
            {
                return false;
            }

            var isBegun = query.Contains("uploads", StringComparison.Ordinal);
            if (!isBegun)
            {
                _strange.Objects["here/name"] = Encoding.UTF8.GetBytes(Content);
            }

            return await StrangeStore.SayAsync(
                call, 200, isBegun ? "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>" : "<CompleteMultipartUploadResult/>");
        };
        using var store = new ObjectStore(_strange.Options with { PartsFrom = 1, PartBytes = 5, PartPause = TimeSpan.FromMilliseconds(1) });
        using var content = Sent();
        await store.PutAsync("name", content, Digest, Token);
        Assert.Equal("1 2 2 3", string.Join(' ', sent));
        // What lies there is not sent to be told so.
        await store.PutAsync("name", content, Digest, Token);
        Assert.Equal(4, sent.Count);
    }

    [Fact]
    public async Task What_cannot_be_put_under_any_of_its_names_is_alarmed_and_does_not_count_as_carried()
    {
        for (var again = 1; again <= PieceName.MostAgain; again++)
        {
            _strange.Objects[$"here/id/{PieceName.KeyOf("name", again)}"] = "what was seNt"u8.ToArray();
        }

        var alarms = new List<string>();
        using var store = new ObjectStore(_strange.Options);
        using var content = Sent();
        var place = new CarryPlace("/", "id", _ => { }, store, alarms.Add, _ => { }, (_, _) => { });
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("name", content, Digest, Token));
        Assert.Equal(PieceName.MostAgain + 1, alarms.Count);
        // Nor later, and nothing is asked for it.
        _strange.Asked.Clear();
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("name", content, Digest, Token));
        Assert.Empty(_strange.Asked);
        // A store that changes what it takes is not sent it nine times.
        _strange.Keep = bytes => [.. bytes[..^1], 0];
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("another", content, Digest, Token));
        Assert.Equal(2, _strange.Asked.Count(asked => asked.StartsWith("PUT", StringComparison.Ordinal)));
        // Nor at the next look.
        await Assert.ThrowsAsync<IOException>(() => place.PutAsync("another", content, Digest, Token));
        Assert.Equal(2, _strange.Asked.Count(asked => asked.StartsWith("PUT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Objects_in_cold_storage_hold_up_no_other_however_many_lie_there()
    {
        var names = BlobsOf(30);
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
    public async Task Blobs_that_the_store_refuses_hold_up_no_others_nor_the_lists_and_do_not_count_as_carried()
    {
        var names = BlobsOf(50);
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
    public void Three_refusals_that_may_be_about_all_are_borne_and_those_with_something_put_between_them_do_not_count()
    {
        var store = new ObjectStoreException("the store says no") { Status = 403 };
        using var objects = new ObjectStore(_strange.Options);
        using var folder = new ScratchFolder();
        var heldUp = new HeldUp(PlaceOf(objects, folder));
        Assert.Equal("True True True False", string.Join(' ', Enumerable.Range(0, 4).Select(_ => heldUp.Takes(store))));
        heldUp = new HeldUp(PlaceOf(objects, folder));
        var large = new ObjectStoreException("the store says no") { Status = 413 };
        Assert.Equal(20, Enumerable.Range(0, 30).Count(_ => heldUp.Takes(large)));
        Assert.Throws<IOException>(heldUp.ThrowIfAny);
    }

    [Fact]
    public async Task A_name_that_somebody_invented_with_the_first_digits_of_a_blob_does_not_stand_for_it()
    {
        var names = BlobsOf(1);
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
        var names = BlobsOf(2);
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

    [Fact]
    public async Task An_object_that_the_store_has_lost_holds_up_no_other()
    {
        var names = BlobsOf(3);
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

    [Fact]
    public async Task An_answer_cut_off_is_no_content()
    {
        _strange.Answer = async call =>
        {
            call.Response.ContentLength64 = Content.Length;
            await call.Response.OutputStream.WriteAsync("what"u8.ToArray(), Token);
            await call.Response.OutputStream.FlushAsync(Token);
            call.Response.Abort();
            return true;
        };
        using var store = new ObjectStore(_strange.Options);
        using var into = new MemoryStream();
        Assert.False((await Assert.ThrowsAsync<ObjectStoreException>(() => store.ReadAsync("name", into, Content.Length, Digest, Token))).IsOther);
    }

    [Theory]
    [InlineData("<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken></ListBucketResult>")]
    [InlineData("<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>elsewhere</Key><Size>1</Size></Contents></ListBucketResult>")]
    [InlineData("no xml")]
    public async Task A_list_without_end_or_of_something_else_is_refused(string list)
    {
        _strange.Answer = call => StrangeStore.SayAsync(call, 200, list);
        using var store = new ObjectStore(_strange.Options);
        await Assert.ThrowsAsync<ObjectStoreException>(async () =>
        {
            await foreach (var one in store.ListAsync("", Token))
            {
                Assert.Fail(one.Key);
            }
        });
    }

    [Fact]
    public async Task Without_credentials_nothing_is_asked_and_new_ones_count_at_once()
    {
        using var store = new ObjectStore(_strange.Options);
        using var content = Sent();
        var kept = await File.ReadAllTextAsync(_strange.Credentials, Token);
        await File.WriteAllTextAsync(_strange.Credentials, "nothing", Token);
        Assert.Equal(BackupTrouble.NoKey, (await Assert.ThrowsAsync<BackupException>(() => store.PutAsync("name", content, Digest, Token))).Reason);
        Assert.Empty(_strange.Asked);
        await File.WriteAllTextAsync(_strange.Credentials, kept, Token);
        await store.PutAsync("name", content, Digest, Token);
    }

    [Theory]
    [InlineData("s3://bucket", "http://10.0.0.5:9000")]
    [InlineData("s3://bucket", "http://minio.example.org")]
    [InlineData("s3://bucket", "https://name:Zubaydah@minio.example.org")]
    [InlineData("s3://bucket", "https://minio.example.org/?key=Zubaydah")]
    [InlineData("s3://bucket", "ftp://minio.example.org")]
    [InlineData("s3://Zubaydah:key@bucket", null)]
    [InlineData("s3://bucket/../Zubaydah", null)]
    [InlineData("s3://bucket/a//b", null)]
    [InlineData("s3://", null)]
    [InlineData("/a/folder", null)]
    public void An_address_without_tls_with_secrets_or_with_strange_steps_is_refused_and_not_repeated(string address, string? endpoint)
    {
        var refused = Assert.Throws<BackupException>(() => ObjectStoreOptions.Read(address, endpoint, null, null));
        Assert.DoesNotContain("Zubaydah", refused.Message + refused.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket/", "http://localhost:9000", "s3://bucket")]
    [InlineData("s3://bucket/fieldkeep/2026", "http://[::1]:9000", "s3://bucket/fieldkeep/2026")]
    [InlineData("s3://my.bucket", "https://minio.example.org", "s3://my.bucket")]
    public void An_address_with_tls_or_of_this_machine_is_taken(string address, string endpoint, string read) =>
        Assert.Equal(read, ObjectStoreOptions.Read(address, endpoint, "eu-central-1", "file").Address);

    [Fact]
    public void An_object_store_given_for_a_backup_directory_is_told_to_be_fetched_first()
    {
        var refused = Assert.Throws<BackupException>(() => BackupStore.Find("s3://name:Zubaydah@bucket"));
        Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
        Assert.Contains("fieldkeep backup fetch --from s3://", refused.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("Zubaydah", refused.Message + refused.Hint, StringComparison.Ordinal);
    }

    private static Dictionary<string, byte[]> BlobsOf(int count) =>
        Enumerable.Range(0, count).Select(BitConverter.GetBytes).ToDictionary(bytes => StoreSource.HashOf(bytes), StringComparer.Ordinal);

    private static void Write(ScratchFolder folder, Dictionary<string, byte[]> blobs)
    {
        foreach (var (name, bytes) in blobs)
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, "blobs", name[..2]));
            File.WriteAllBytes(Path.Combine(folder.Path, "blobs", name[..2], name), bytes);
        }
    }

    private static StoreSource SourceOf(ObjectStore store, ScratchFolder folder, FetchLook look)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, FetchNotes.Folder));
        return new StoreSource(store, "id", new BackupStore(folder.Path) { LeastFreeBytes = 0 }, null, look);
    }

    private static CarryPlace PlaceOf(ObjectStore store, ScratchFolder folder, Dictionary<string, string>? leftOut = null) => new(
        folder.Path, "id", _ => { }, store, _ => { }, _ => { }, (key, words) => _ = words is null ? leftOut?.Remove(key) : leftOut?.TryAdd(key, words));

    private static MemoryStream Sent() => new(Encoding.UTF8.GetBytes(Content), writable: false);

    private async Task PutAsync()
    {
        using var store = new ObjectStore(_strange.Options);
        using var content = Sent();
        await store.PutAsync("name", content, Digest, Token);
    }
}
