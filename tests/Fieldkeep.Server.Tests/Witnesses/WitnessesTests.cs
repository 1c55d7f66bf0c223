using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Server.Witnesses;
using Fieldkeep.Vault.Merkle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Fieldkeep.Server.Tests.Witnesses;

/// <summary>Signed checkpoints on their way to other machines, by letter and by webhook.</summary>
public sealed class WitnessesTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Witnesses = "/api/ledger/witnesses";

    private readonly Postman _postman = new();
    private HookSink? _sink;
    private TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private HookSink Sink => _sink ?? throw new InvalidOperationException("The sink was not started.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _sink = await HookSink.StartAsync();
        var smtp = new SmtpSettings { Host = "127.0.0.1", Port = _postman.Port, IsEncrypted = false };
        _server = new TestServer(cluster)
        {
            Configure = settings => settings with { Mail = new MailSettings { Smtp = smtp }, PrivateWebhooks = true },

            // Its rounds are the test's, so that their number is known.
            Replace = services => services.Remove(services.Single(part =>
                part.ServiceType == typeof(IHostedService) && part.ImplementationFactory?.Method.ReturnType == typeof(CarryCheckpoints))),
        };
        await _server.InitializeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _postman.DisposeAsync();
        await Sink.DisposeAsync();
    }

    [Fact]
    public async Task Checkpoints_go_out_when_they_are_due_are_tried_again_and_can_be_verified_by_who_took_them()
    {
        var admin = await OperatorAsync();
        var letter = await admin.PostAsync(Witnesses, new { kind = "mail", address = "keeper@example.org", every = "week" });
        var hook = await admin.PostAsync(Witnesses, new { kind = "webhook", address = $"{Sink.Address}hook", every = "day" });
        var secret = Text(hook, "secret");
        Assert.Equal((null, 43), (letter["secret"]?.ToString(), secret.Length));

        Assert.Equal(2, await CarryAsync());
        Assert.Equal(0, await CarryAsync());

        var (signature, body) = Assert.Single(Sink.Taken);
        var told = JsonNode.Parse(body);
        var note = SignedCheckpoint.Read(Text(told, "note"));
        Assert.True(note?.IsSignedBy(Convert.FromBase64String(Text(told, "publicKey"))));
        var seconds = signature.Split(',')[0][2..];
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes($"{seconds}."), .. body]);
        Assert.Equal($"t={seconds},v1={Convert.ToHexStringLower(mac)}", signature);

        var taken = Letters.Parse(Assert.Single(_postman.Taken));
        var rule = new string('-', 40);
        var kept = taken.Body.ReplaceLineEndings("\n").Split($"{rule}\n")[1];
        Assert.Equal("keeper@example.org", taken.To);
        Assert.True(SignedCheckpoint.Read(kept)?.IsSignedBy(Convert.FromBase64String(Text(told, "publicKey"))));

        // The receiver goes away for a while.
        Sink.Status = 500;
        _server.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await CarryAsync());
        var failed = (await ItemsAsync())[1];
        Assert.Equal(("status 500", 1), (Text(failed, "lastError"), (int?)failed["failures"]));
        Assert.Equal(0, await CarryAsync());
        _server.Clock.Advance(TimeSpan.FromMinutes(2));
        Sink.Status = 200;
        Assert.Equal(1, await CarryAsync());
        var mended = (await ItemsAsync())[1];
        Assert.Equal((null, 0), (mended["lastError"]?.ToString(), (int?)mended["failures"]));
        Assert.Equal(3, Sink.Taken.Count);
    }

    [Fact]
    public async Task What_cannot_be_taken_is_told_in_a_word_and_nothing_secret_lies_open()
    {
        var admin = await OperatorAsync();
        var lost = await admin.PostAsync(Witnesses, new { kind = "webhook", address = $"http://127.0.0.1:{ClosedPort()}/secret-path", every = "hour" });
        var moved = await admin.PostAsync(Witnesses, new { kind = "webhook", address = $"{Sink.Address}moved", every = "hour" });
        var https = await admin.PostAsync(Witnesses, new { kind = "webhook", address = $"https://127.0.0.1:{_server.Address.Port}/", every = "hour" });
        _postman.Answer = "550 no such person";
        var nobody = await admin.PostAsync(Witnesses, new { kind = "mail", address = "nobody@example.org", every = "day" });

        var words = new List<string>();
        foreach (var made in new[] { lost, moved, https, nobody })
        {
            words.Add(Text(await admin.PostAsync($"{Witnesses}/{made["witness"]?["id"]}/sending", new { }), "lastError"));
        }

        Assert.Equal(["connection", "status 307", "certificate", "SMTP 550"], words);
        Assert.Empty(Sink.Taken);
        var stored = await _server.QueryAsync<byte[]>($"select content from witnesses.witnesses where id = {lost["witness"]?["id"]}");
        Assert.Equal(-1, stored.AsSpan().IndexOf("secret-path"u8));
        Assert.DoesNotContain("secret-path", _server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody@example.org", _server.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Text(lost, "secret"), (await admin.GetAsync(Witnesses)).ToJsonString(), StringComparison.Ordinal);

        await _server.QueryAsync<int>("with gone as (update witnesses.witnesses set content = content || content returning id) select count(*)::int from gone");
        Assert.Equal("unreadable", Text(await admin.PostAsync($"{Witnesses}/{nobody["witness"]?["id"]}/sending", new { }), "lastError"));
    }

    [Fact]
    public async Task Only_who_runs_the_server_says_where_they_go_and_bad_addresses_are_refused()
    {
        var admin = await OperatorAsync();
        foreach (var (body, status, code) in new (object, int, string)[]
        {
            (new { kind = "mail", address = "a@example.org\r\nBcc: b@example.org", every = "day" }, 422, "mail.address_invalid"),
            (new { kind = "mail", address = "a@example.org", every = "hour" }, 422, "witness.invalid"),
            (new { kind = "pigeon", address = "a@example.org", every = new string('x', 5000) }, 422, "witness.invalid"),
            (new { kind = "webhook", address = "http://example.org/", every = "day" }, 422, "witness.address_unsafe"),
            (new { kind = 1 }, 400, "body.wrong_type"),
        })
        {
            using var refused = await admin.SendAsync(HttpMethod.Post, Witnesses, body);
            await refused.ShouldBeProblemAsync(status, code);
        }

        var once = new { kind = "mail", address = "keeper@example.org", every = "day" };
        var both = await Task.WhenAll(admin.SendAsync(HttpMethod.Post, Witnesses, once), admin.SendAsync(HttpMethod.Post, Witnesses, once));
        Assert.Equal([201, 409], both.Select(one => (int)one.StatusCode).Order());
        var id = (await ItemsAsync())[0]["id"];
        foreach (var (method, path) in new[] { (HttpMethod.Get, Witnesses), (HttpMethod.Delete, $"{Witnesses}/{id}"), (HttpMethod.Post, $"{Witnesses}/{id}/sending") })
        {
            using var denied = await (await _server.SignedInAsync("", 0)).SendAsync(method, path);
            await denied.ShouldBeProblemAsync(403, "access.denied");
        }

        using var gone = await admin.SendAsync(HttpMethod.Delete, $"{Witnesses}/{id}");
        Assert.Equal(204, (int)gone.StatusCode);
        using var twice = await admin.SendAsync(HttpMethod.Delete, $"{Witnesses}/{id}");
        await twice.ShouldBeProblemAsync(404, "witness.not_found");
        Assert.Equal(0, await CarryAsync());
        Assert.Empty(_postman.Taken);
    }

    private static int ClosedPort()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        return ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
    }

    private static string Text(JsonNode? node, string member) => node?[member]?.ToString() ?? "";

    private async Task<Browser> OperatorAsync()
    {
        var admin = await _server.OrganisationAdminAsync();

        // A transaction of the server's own may be open at this moment, and nothing after it is sealed yet.
        await _server.SealAllAsync();
        return admin;
    }

    private Task<int> CarryAsync() => _server.Services.GetRequiredService<CarryCheckpoints>().SendDueAsync(null, Token);

    private async Task<IReadOnlyList<JsonNode>> ItemsAsync() => Deployed.Items(await (await _server.OrganisationAdminAsync()).GetAsync(Witnesses));
}
