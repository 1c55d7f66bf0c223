using System.Net;
using System.Text;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire;

/// <summary>Who is asking is found out before the body is read, and a body may take its time: minutes, on a bad network or by intent.</summary>
public sealed class SlowBodyTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_session_that_ends_while_its_request_is_under_way_does_nothing_more(bool ends)
    {
        var admin = await server.OrganisationAdminAsync();
        var signedIn = await server.SignedInAsync("viewer", await admin.ProjectAsync());
        var browser = new Browser(server.CreateClient(isHeld: false)) { Cookie = signedIn.Cookie, Csrf = signedIn.Csrf };
        using var body = new SlowBody("""{"name": "Mine", """, """ "scopes": ["read"]}""");

        // A session is noted as seen once a minute: the sign that its cookie was looked at.
        server.Clock.Advance(TimeSpan.FromSeconds(61));
        var before = await SeenAsync(signedIn.AccountId);
        var sending = browser.SendAsync(HttpMethod.Post, "/api/account/tokens", body);
        while (await SeenAsync(signedIn.AccountId) == before)
        {
            Assert.False(sending.IsCompleted, "The request did not wait for its body.");
            await Task.Delay(10, Token);
        }

        server.Clock.Advance(TimeSpan.FromSeconds(3));
        if (ends)
        {
            await using var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token);
            await server.Services.GetRequiredService<Sessions>().EndAllAsync(tx, new ActorId(signedIn.AccountId), null, Token);
            await tx.CommitAsync(Token);
        }

        body.Finish();
        using var answer = await sending;

        Assert.Equal(ends ? HttpStatusCode.Unauthorized : HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal(ends ? 0 : 1, await server.QueryAsync<int>(
            "select count(*)::int from accounts.access_tokens where actor_id = @id", new { id = signedIn.AccountId }));
    }

    private Task<DateTimeOffset> SeenAsync(long account) => server.QueryAsync<DateTimeOffset>(
        "select max(last_seen_at) from accounts.sessions where actor_id = @account", new { account });

    private sealed class SlowBody : HttpContent
    {
        private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly string _begin;
        private readonly string _end;

        public SlowBody(string begin, string end)
        {
            (_begin, _end) = (begin, end);
            Headers.ContentType = new("application/json");
        }

        public void Finish() => _finished.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_begin), Token);
            await stream.FlushAsync(Token);
            await _finished.Task;
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_end), Token);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
