using System.Net;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Submissions.Intake;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Limits;

/// <summary>Projects and accounts have no more than operators allow them, and nothing of what came before is lost by it.</summary>
public sealed class LimitsTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly byte[] Photo = [0xFF, 0xD8, 0xFF, 0xE0, 9, 9, 9, 0xFF, 0xD9];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_project_takes_what_it_may_within_an_hour_phones_keep_the_rest_and_what_is_here_is_answered_as_ever()
    {
        await BeginHourAsync();
        var (admin, project, phone) = await ArrangeAsync();
        var other = await server.PhoneAsync(admin, await admin.ProjectAsync(), Village.Form());
        await LimitAsync(admin, project, new { submissionsAnHour = 2, submissionsADay = 3 });
        var (first, kept) = (Village.NewId(), Village.NewId());
        await phone.SendAsync(Village.Instance(first, photo: "a.jpg"));
        await phone.SendAsync(Village.Instance(Village.NewId()));

        using (var over = await phone.SubmitAsync(Village.Instance(kept)))
        {
            await over.ShouldBeOpenRosaAsync(429, "Nothing is lost");
            Assert.InRange(over.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));
        }

        using (var byScript = await admin.SendAsync(
            HttpMethod.Post, $"/v1/projects/{project}/forms/{Village.FormId}/submissions", new StringContent(Village.Instance(kept), null, "application/xml")))
        {
            await byScript.ShouldBeCentralProblemAsync(429, 429.1m);
            Assert.NotNull(byScript.Headers.RetryAfter);
        }

        using (var again = await phone.SubmitAsync(Village.Instance(first, photo: "a.jpg"), ("a.jpg", Photo)))
        {
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        }

        Assert.Equal(1, await server.QueryAsync<long>("select attachments_present from submissions.submissions where instance_id = @first", new { first }));
        using (var edited = await phone.SubmitAsync(Village.Instance(Village.NewId(), deprecatedId: first, photo: "a.jpg")))
        {
            Assert.Equal(HttpStatusCode.Created, edited.StatusCode);
        }

        await other.SendAsync(Village.Instance(Village.NewId()));
        Assert.Equal("limits.near", await CheckAsync(server));

        // The next hour takes one more, and the day no more than that.
        await server.PassAsync(TimeSpan.FromHours(1));
        await phone.SendAsync(Village.Instance(kept));
        using (var ofDay = await phone.SubmitAsync(Village.Instance(Village.NewId())))
        {
            await ofDay.ShouldBeOpenRosaAsync(429, "3 new submissions a day");
        }

        await server.PassAsync(TimeSpan.FromDays(1));
        await phone.SendAsync(Village.Instance(Village.NewId()));
        Assert.Equal(4, await CountAsync(project));
        var seen = await (await server.OrganisationAdminAsync()).GetAsync($"/api/limits/projects/{project}");
        Assert.Equal(1, seen["use"]?["submissionsToday"]?.GetValue<long>());
        await server.ShouldHoldAsync();
    }

    [Fact]
    public async Task Of_many_that_come_at_once_exactly_as_many_are_taken_as_there_is_room_for_and_a_restart_forgets_none()
    {
        await BeginHourAsync();
        var (admin, project, phone) = await ArrangeAsync();
        await phone.SendAsync(Village.Instance(Village.NewId()));
        await LimitAsync(admin, project, new { submissionsAnHour = 10 });

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => phone.SubmitAsync(Village.Instance(Village.NewId()))));

        Assert.Equal(9, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(15, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
        Assert.All(answers, answer => answer.Dispose());
        Assert.Equal(10, await CountAsync(project));

        // Another process, that has received nothing yet.
        await using var fresh = server.Beside();
        await fresh.InitializeAsync();
        fresh.Clock.Advance(server.Clock.GetUtcNow() - fresh.Clock.GetUtcNow());
        Assert.Equal("limits.near", await CheckAsync(fresh));
        using var over = await phone.Through(fresh.CreateClient()).SubmitAsync(Village.Instance(Village.NewId()));
        Assert.Equal(HttpStatusCode.TooManyRequests, over.StatusCode);
        await LimitAsync(admin, project, new { });
        await phone.SendAsync(Village.Instance(Village.NewId()));
    }

    [Fact]
    public async Task A_project_stores_no_more_bytes_than_it_may_and_what_was_refused_takes_none()
    {
        await BeginHourAsync();
        var (admin, project, phone) = await ArrangeAsync();
        var id = Village.NewId();
        using (var sent = await phone.SubmitAsync(Village.Instance(id, photo: "a.jpg"), ("a.jpg", new byte[20_000])))
        {
            Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        }

        var used = (await admin.GetAsync($"/api/limits/projects/{project}"))["use"]?["storedBytes"]?.GetValue<long>() ?? 0;
        Assert.InRange(used, 20_000, 22_000);
        await LimitAsync(admin, project, new { storedBytes = used + 10_000 });
        for (var tries = 0; tries < 3; tries++)
        {
            using var large = await phone.SubmitAsync(Village.Instance(Village.NewId(), photo: "b.jpg"), ("b.jpg", new byte[20_000]));
            await large.ShouldBeOpenRosaAsync(429, "Nothing is lost");
        }

        await phone.SendAsync(Village.Instance(Village.NewId()));
        Assert.Equal(2, await CountAsync(project));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(distinct a.blob) from submissions.attachments a join submissions.submissions s on s.id = a.submission_id where s.project_id = @project", new { project }));
    }

    [Fact]
    public async Task What_is_sent_again_takes_no_room_and_an_edit_that_is_here_is_answered_at_the_limit()
    {
        await BeginHourAsync();
        var (admin, project, phone) = await ArrangeAsync();
        var (first, edit) = (Village.NewId(), Village.NewId());
        await SendLargeAsync(phone, Village.Instance(first, photo: "a.jpg"), "a.jpg");
        var used = (await admin.GetAsync($"/api/limits/projects/{project}"))["use"]?["storedBytes"]?.GetValue<long>() ?? 0;
        await LimitAsync(admin, project, new { storedBytes = used + 45_000 });
        for (var tries = 0; tries < 3; tries++)
        {
            await SendLargeAsync(phone, Village.Instance(first, photo: "a.jpg"), "a.jpg");
        }

        // There is room for two more, as before.
        await SendLargeAsync(phone, Village.Instance(Village.NewId(), photo: "b.jpg"), "b.jpg");
        await SendLargeAsync(phone, Village.Instance(edit, deprecatedId: first, photo: "c.jpg"), "c.jpg");
        await SendLargeAsync(phone, Village.Instance(edit, deprecatedId: first, photo: "c.jpg"), "c.jpg");
        using var other = await phone.SubmitAsync(Village.Instance(Village.NewId(), deprecatedId: edit, photo: "d.jpg"), ("d.jpg", new byte[20_000]));
        await other.ShouldBeOpenRosaAsync(429, "Nothing is lost");
        Assert.Equal(2, await server.QueryAsync<long>(
            "select count(*) from submissions.versions v join submissions.submissions s on s.id = v.submission_id where s.instance_id = @first", new { first }));
    }

    [Fact]
    public async Task A_project_that_cannot_be_measured_takes_what_is_sent_and_is_measured_again_an_hour_later()
    {
        await BeginHourAsync();
        var (admin, project, phone) = await ArrangeAsync();
        await SendLargeAsync(phone, Village.Instance(Village.NewId(), photo: "a.jpg"), "a.jpg");
        await LimitAsync(admin, project, new { storedBytes = 30_000 });
        await using (var held = await HeldTable.TakeAsync(server))
        {
            await held.RunAsync("lock table submissions.versions in access exclusive mode");
            await SetAsideTests.SendLeftAsync(held, phone, Village.Instance(Village.NewId()));
        }

        await SetAsideTests.DrainedAsync(server);
        Assert.Equal(2, await CountAsync(project));

        // The next one does not ask again at once.
        await SendLargeAsync(phone, Village.Instance(Village.NewId(), photo: "b.jpg"), "b.jpg");
        await server.PassAsync(TimeSpan.FromMinutes(61));
        using var over = await phone.SubmitAsync(Village.Instance(Village.NewId()));
        await over.ShouldBeOpenRosaAsync(429, "Nothing is lost");
        Assert.Equal(3, await CountAsync(project));
    }

    [Fact]
    public async Task An_account_asks_as_often_as_it_may_within_a_minute_and_holds_up_nobody_else()
    {
        var (admin, project, _) = await ArrangeAsync();
        var (email, id) = await server.PersonAsync("manager", project);
        var busy = new Browser(server.CreateClient());
        await busy.SignInAsync(email, Some.Password);
        await SetAsync(admin, $"/api/limits/accounts/{id}", new { requestsAMinute = 60 });
        server.Clock.Advance(TimeSpan.FromMinutes(2));

        var statuses = new List<int>();
        for (var asked = 0; asked < 70; asked++)
        {
            using var answer = await busy.SendAsync(HttpMethod.Get, "/api/projects");
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Equal((60, 10), (statuses.Count(status => status == 200), statuses.Count(status => status == 429)));
        using (var over = await busy.SendAsync(HttpMethod.Get, "/api/projects"))
        {
            await over.ShouldBeProblemAsync(429, "limit.requests");
            Assert.InRange(over.Headers.RetryAfter?.Delta ?? default, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        }

        await admin.GetAsync("/api/projects");
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        using var later = await busy.SendAsync(HttpMethod.Get, "/api/projects");
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task What_is_no_limit_is_refused_and_nobody_is_limited_who_is_not_there()
    {
        var (admin, project, _) = await ArrangeAsync();
        foreach (var body in (object[])
        [
            new { submissionsAnHour = 0 }, new { submissionsADay = -1 }, new { storedBytes = 1_000_000_000_000_001 }, new { storedBytes = long.MinValue },
            new { requestsAMinute = 100 },
        ])
        {
            using var wrong = await admin.SendAsync(HttpMethod.Put, $"/api/limits/projects/{project}", body);
            await wrong.ShouldBeProblemAsync(422, "limit.invalid");
        }

        foreach (var body in (object[])[new { submissionsAnHour = 1.5 }, new { submissionsAnHour = "many" }, new { storedBytes = 1e30 }])
        {
            using var wrong = await admin.SendAsync(HttpMethod.Put, $"/api/limits/projects/{project}", body);
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        }

        using (var few = await admin.SendAsync(HttpMethod.Put, "/api/limits", new { requestsAMinute = 59 }))
        {
            await few.ShouldBeProblemAsync(422, "limit.invalid");
        }

        foreach (var path in (string[])["/api/limits/projects/999999", "/api/limits/accounts/999999"])
        {
            using var nobody = await admin.SendAsync(HttpMethod.Put, path, new { });
            await nobody.ShouldBeProblemAsync(404, "limit.not_found");
        }

        using (var nothing = await admin.SendAsync(HttpMethod.Get, "/api/limits/projects/999999"))
        {
            await nothing.ShouldBeProblemAsync(404, "limit.not_found");
        }

        Assert.Equal(60_000, (await admin.GetAsync("/api/limits"))["requestsAMinute"]?.GetValue<long>());
        Assert.Null((await admin.GetAsync("/api/limits"))["submissionsAnHour"]);
        var manager = await server.SignedInAsync("manager", project);
        foreach (var path in (string[])["/api/limits", "/api/limits/projects", $"/api/limits/projects/{project}", "/api/limits/accounts"])
        {
            using var refused = await manager.SendAsync(HttpMethod.Get, path);
            await refused.ShouldBeProblemAsync(403, "access.denied");
        }
    }

    // So that no test begins in one hour and ends in another.
    private async Task BeginHourAsync()
    {
        await server.SealAllAsync();
        var now = server.Clock.GetUtcNow();
        server.Clock.Advance(now.AddHours(1).AddTicks(-(now.Ticks % TimeSpan.TicksPerHour)) - now);
        if (server.Clock.GetUtcNow().Hour > 20)
        {
            server.Clock.Advance(TimeSpan.FromHours(5));
        }
    }

    private static async Task<string?> CheckAsync(TestServer server) =>
        (await server.Services.GetServices<ICheck>().Single(check => check.Name == "limits").LookAsync(Token)).Code;

    private async Task<long> CountAsync(long project) =>
        await server.QueryAsync<long>("select count(*) from submissions.submissions where project_id = @project", new { project });

    private async Task<(Browser Admin, long Project, CollectClient Phone)> ArrangeAsync()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        return (admin, project, await server.PhoneAsync(admin, project, Village.Form()));
    }

    private static async Task SendLargeAsync(CollectClient phone, string xml, string file)
    {
        using var sent = await phone.SubmitAsync(xml, (file, new byte[20_000]));
        Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
    }

    private static Task LimitAsync(Browser admin, long project, object limits) => SetAsync(admin, $"/api/limits/projects/{project}", limits);

    private static async Task SetAsync(Browser admin, string path, object body)
    {
        using var set = await admin.SendAsync(HttpMethod.Put, path, body);
        var text = await set.Content.ReadAsStringAsync(Token);
        Assert.True(set.IsSuccessStatusCode, text);
    }
}
