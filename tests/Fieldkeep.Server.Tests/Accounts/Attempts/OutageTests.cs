using System.Net;
using System.Net.Http.Json;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Accounts.Attempts;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.Attempts;

public sealed class OutageTests(TestCluster cluster) : IAsyncLifetime
{
    private readonly TestServer _server = new(cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Without_the_counters_no_password_is_compared_and_tokens_and_sessions_go_on()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await _server.PhoneAsync(admin, project, Village.Form());
        var (email, id) = await _server.PersonAsync();
        var script = await _server.ScriptAsync(id);
        await _server.QueryAsync<int>("alter table accounts.attempts rename to attempts_away");

        using var refused = await _server.CreateClient().PostAsJsonAsync("/api/session", new { email, password = Some.Password }, Token);
        using var unknown = await _server.CreateClient().GetAsync($"/v1/key/gone/projects/{project}/formList", Token);
        using var stored = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        using var bearer = await script.SendAsync(HttpMethod.Get, "/v1/users/current");
        using var session = await admin.SendAsync(HttpMethod.Get, "/api/session");
        await _server.QueryAsync<int>("alter table accounts.attempts_away rename to attempts");
        using var again = await _server.CreateClient().PostAsJsonAsync("/api/session", new { email, password = Some.Password }, Token);

        await refused.ShouldBeProblemAsync(503, "session.limits_unavailable");
        Assert.NotNull(refused.Headers.RetryAfter);
        await unknown.ShouldBeOpenRosaAsync(401, "");
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        Assert.Equal(HttpStatusCode.OK, bearer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, session.StatusCode);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Without_the_access_log_phones_send_and_people_sign_in_and_its_lines_are_written_afterwards()
    {
        var admin = await _server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await _server.PhoneAsync(admin, project, Village.Form());
        var (email, id) = await _server.PersonAsync();
        await _server.QueryAsync<int>("alter table accounts.access_events rename to access_events_away");

        var browser = new Browser(_server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        using var stored = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);

        await _server.QueryAsync<int>("alter table accounts.access_events_away rename to access_events");
        var lines = 0L;
        for (var waited = 0; waited < 600 && lines == 0; waited++)
        {
            await _server.Services.GetRequiredService<AccessBook>().FlushAsync(Token);
            lines = await _server.QueryAsync<long>(
                "select count(*) from accounts.access_events where actor_id = @id and kind = 'sign_in'", new { id = id.Value });
        }

        Assert.Equal(1, lines);
        Assert.Contains("the access log cannot be written", _server.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Very_many_failures_are_an_alert_in_the_log_once()
    {
        var alarm = _server.Services.GetRequiredService<AttemptAlarm>();
        for (var failure = 0; failure < AttemptAlarm.MostFailures * 2; failure++)
        {
            alarm.Count();
        }

        Assert.Equal(2, _server.Log.Text.Split("ALERT").Length);
    }

    [Fact]
    public void A_share_that_changes_meanwhile_neither_hides_the_alert_nor_repeats_it()
    {
        var (heard, log) = (new HeardServers(), new LogLines());
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var alarm = new AttemptAlarm(heard, new FakeClock(), loggers.CreateLogger<AttemptAlarm>());
        Count(AttemptAlarm.MostFailures * 2 / 3);
        Assert.DoesNotContain("ALERT", log.Text, StringComparison.Ordinal);

        heard.Note(2);
        Count(1);
        heard.Note(1);
        Count(AttemptAlarm.MostFailures);
        Assert.Equal(2, log.Text.Split("ALERT").Length);

        void Count(int failures)
        {
            for (var failure = 0; failure < failures; failure++)
            {
                alarm.Count();
            }
        }
    }
}
