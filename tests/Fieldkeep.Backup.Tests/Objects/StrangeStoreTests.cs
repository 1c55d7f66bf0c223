using System.Text;
using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Objects;

/// <summary>Stores that refuse, hang, cut off, or keep something else.</summary>
public sealed class StrangeStoreTests : IAsyncDisposable
{
    private readonly StrangeStore _strange = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _strange.DisposeAsync();

    [Fact]
    public async Task What_is_put_lies_there_is_not_put_twice_and_nothing_is_ever_deleted()
    {
        await PutAsync();
        Assert.Equal(StrangeStore.Content, Encoding.UTF8.GetString(_strange.Objects["here/name"]));
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
        using var content = StrangeStore.Sent();
        Assert.Contains("in time", (await Assert.ThrowsAsync<ObjectStoreException>(() => store.PutAsync("name", content, StrangeStore.Digest, Token))).Message, StringComparison.Ordinal);
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
        var silent = await Assert.ThrowsAsync<ObjectStoreException>(() => store.ReadAsync("name", Stream.Null, hours, StrangeStore.Digest, Token));
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
                _strange.Objects["here/name"] = Encoding.UTF8.GetBytes(StrangeStore.Content);
            }

            return await StrangeStore.SayAsync(
                call, 200, isBegun ? "<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>" : "<CompleteMultipartUploadResult/>");
        };
        using var store = new ObjectStore(_strange.Options with { PartsFrom = 1, PartBytes = 5, PartPause = TimeSpan.FromMilliseconds(1) });
        using var content = StrangeStore.Sent();
        await store.PutAsync("name", content, StrangeStore.Digest, Token);
        Assert.Equal("1 2 2 3", string.Join(' ', sent));
        // What lies there is not sent to be told so.
        await store.PutAsync("name", content, StrangeStore.Digest, Token);
        Assert.Equal(4, sent.Count);
    }

    [Fact]
    public async Task An_answer_cut_off_is_no_content()
    {
        _strange.Answer = async call =>
        {
            call.Response.ContentLength64 = StrangeStore.Content.Length;
            await call.Response.OutputStream.WriteAsync("what"u8.ToArray(), Token);
            await call.Response.OutputStream.FlushAsync(Token);
            call.Response.Abort();
            return true;
        };
        using var store = new ObjectStore(_strange.Options);
        using var into = new MemoryStream();
        Assert.False((await Assert.ThrowsAsync<ObjectStoreException>(() => store.ReadAsync("name", into, StrangeStore.Content.Length, StrangeStore.Digest, Token))).IsOther);
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
        using var content = StrangeStore.Sent();
        var kept = await File.ReadAllTextAsync(_strange.Credentials, Token);
        await File.WriteAllTextAsync(_strange.Credentials, "nothing", Token);
        Assert.Equal(BackupTrouble.NoKey, (await Assert.ThrowsAsync<BackupException>(() => store.PutAsync("name", content, StrangeStore.Digest, Token))).Reason);
        Assert.Empty(_strange.Asked);
        await File.WriteAllTextAsync(_strange.Credentials, kept, Token);
        await store.PutAsync("name", content, StrangeStore.Digest, Token);
    }

    private async Task PutAsync()
    {
        using var store = new ObjectStore(_strange.Options);
        using var content = StrangeStore.Sent();
        await store.PutAsync("name", content, StrangeStore.Digest, Token);
    }
}
