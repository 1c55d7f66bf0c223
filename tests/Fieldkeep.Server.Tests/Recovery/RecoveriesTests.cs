using System.Text.Json.Nodes;
using Fieldkeep.Backup;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Recovery;

/// <summary>Operators have projects recovered in the background, and see how that goes.</summary>
public sealed class RecoveriesTests(AsideServer aside) : IClassFixture<AsideServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestServer Server => aside.Server;

    [Fact]
    public async Task A_deleted_project_is_asked_for_and_comes_back_beside_the_trash()
    {
        var admin = await Server.OrganisationAdminAsync();
        var (project, id) = await FillAsync(admin);
        using (var deleted = await admin.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}"))
        {
            Assert.True(deleted.IsSuccessStatusCode);
        }

        var listed = Items(await admin.GetAsync("/api/recoveries/projects")).First(one => (long?)one["id"] == project);
        Assert.NotNull((string?)listed["deletedAt"]);
        var plan = await admin.PostAsync("/api/recoveries/preview", new { project, at = "latest" });
        Assert.Equal((AsideServer.Backup, 3), ((string?)plan["backup"], (int?)plan["fileCount"]));

        var asked = await AskAsync(admin, project);
        Assert.Equal(("waiting", project), ((string?)asked["state"], (long?)asked["project"]));
        Assert.True(await Server.QueryAsync<bool>("select unit_id is null from recoveries.asked where id = @id", new { id = (long?)asked["id"] }));
        await RunAsync();

        var done = await admin.GetAsync($"/api/recoveries/{asked["id"]}");
        Assert.Equal(("done", AsideServer.Backup), ((string?)done["state"], (string?)done["backup"]));
        Assert.Equal((1, 1, 1), ((int?)done["counts"]?["submissions"]?["there"], (int?)done["counts"]?["submissions"]?["here"], (int?)done["counts"]?["compared"]));
        Assert.Contains(" (as of ", (string?)done["copyName"], StringComparison.Ordinal);
        Assert.Empty(done["missing"]?.AsArray() ?? [1]);
        Assert.Contains(id, (await admin.GetAsync($"/v1/projects/{done["copy"]}/forms/village/submissions")).ToJsonString(), StringComparison.Ordinal);
        await Server.ShouldHoldAsync();

        // Who runs the server sees numbers; by name only who may read what happened in the copy.
        var operatorOnly = await OperatorAsync();
        var seen = await operatorOnly.GetAsync($"/api/recoveries/{asked["id"]}");
        Assert.Equal(1, (int?)seen["counts"]?["submissions"]?["here"]);
        Assert.Null(seen["missing"]);
        Assert.Null(seen["left"]);

        // It goes with the copy.
        await Server.Services.GetRequiredService<Fieldkeep.Server.Erasure.EraseProject>().RunAsync(
            Actor.System(Door.CommandLine), new ProjectId((long?)done["copy"] ?? 0), (string?)done["copyName"] ?? "", "a test", Fieldkeep.Server.Erasure.ErasureDespite.Nothing, Token);
        Assert.True((await operatorOnly.GetAsync("/api/recoveries"))["items"]?.AsArray().All(one => (long?)one?["id"] != (long?)asked["id"] || one?["missing"] is null));
    }

    [Fact]
    public async Task One_goes_on_at_a_time_and_what_fails_says_why()
    {
        var admin = await Server.OrganisationAdminAsync();
        var (project, _) = await FillAsync(admin);
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        aside.Before = async token =>
        {
            begun.SetResult();
            await end.Task.WaitAsync(token);
            throw new BackupException(BackupTrouble.NoBackup, "the disk of the backup is gone", "mount it");
        };
        var asked = await AskAsync(admin, project);
        var running = RunAsync();
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal("restoring", (string?)(await admin.GetAsync($"/api/recoveries/{asked["id"]}"))["state"]);
        using (var second = await admin.SendAsync(HttpMethod.Post, "/api/recoveries", new { project, at = "latest" }))
        {
            await second.ShouldBeProblemAsync(409, "recovery.running");
        }

        end.SetResult();
        await running;
        aside.Before = null;
        await RunAsync();

        var failed = await admin.GetAsync($"/api/recoveries/{asked["id"]}");
        Assert.Equal(
            ("failed", "recovery.not_restorable", "the disk of the backup is gone; mount it"),
            ((string?)failed["state"], (string?)failed["problemCode"], (string?)failed["problem"]));
        Assert.NotNull((string?)failed["endedAt"]);
    }

    [Fact]
    public async Task What_is_erased_while_it_is_copied_is_not_left_in_the_copy_and_the_log_tells()
    {
        var admin = await Server.OrganisationAdminAsync();
        var (project, id) = await FillAsync(admin);
        var keyring = Server.Services.GetRequiredService<Keyring>();
        var key = await Server.QueryAsync<Guid>("select key_id from organisations.projects where id = @project", new { project });
        var row = await Server.QueryAsync<Guid>("select id from submissions.submissions where instance_id = @id", new { id });
        var asked = await AskAsync(admin, project);
        Server.Log.Heard = line =>
        {
            if (line.Contains("form “village”: 1 of 1", StringComparison.Ordinal))
            {
                keyring.NoteErased(key, [row]);
            }
        };

        await RunAsync();

        Server.Log.Heard = null;
        Assert.Equal("recovery.erased_meanwhile", (string?)(await admin.GetAsync($"/api/recoveries/{asked["id"]}"))["problemCode"]);
        var copy = await Server.QueryAsync<Guid>("select key_id from organisations.projects where id > @project and erased_at is not null order by id desc limit 1", new { project });
        Assert.NotEqual(Guid.Empty, copy);
        Assert.Null(keyring.FindProjectKeys(copy));
        await Server.ShouldHoldAsync();
    }

    [Fact]
    public async Task A_copy_that_is_whole_is_told_so_whatever_becomes_of_what_was_restored()
    {
        var admin = await Server.OrganisationAdminAsync();
        var (project, _) = await FillAsync(admin);
        aside.After = _ => throw new BackupException(BackupTrouble.Damaged, "the restored database has damaged pages: page 7", "restore an earlier backup");
        var asked = await AskAsync(admin, project);

        await RunAsync();

        aside.After = null;
        var done = await admin.GetAsync($"/api/recoveries/{asked["id"]}");
        Assert.Equal(("done", 1), ((string?)done["state"], (int?)done["counts"]?["submissions"]?["here"]));
        Assert.Contains("page 7", done["left"]?.ToJsonString() ?? "", StringComparison.Ordinal);

        // Nor when the server stops just then.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Token);
        aside.After = async token =>
        {
            await stopping.CancelAsync();
            token.ThrowIfCancellationRequested();
        };
        var second = await AskAsync(admin, project);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Server.Services.GetRequiredService<RunRecoveries>().RunAsync(stopping.Token));
        aside.After = null;
        Assert.Equal("done", (string?)(await admin.GetAsync($"/api/recoveries/{second["id"]}"))["state"]);
    }

    [Fact]
    public async Task One_looks_at_a_time_what_it_takes_and_whoever_asks_for_it_confirms_that_it_is_them()
    {
        var admin = await Server.OrganisationAdminAsync();
        var (project, _) = await FillAsync(admin);
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        aside.Planning = token =>
        {
            begun.TrySetResult();
            return end.Task.WaitAsync(token);
        };
        var wish = new { project, at = "latest" };
        var first = admin.SendAsync(HttpMethod.Post, "/api/recoveries/preview", wish);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        using (var second = await admin.SendAsync(HttpMethod.Post, "/api/recoveries/preview", wish))
        {
            await second.ShouldBeProblemAsync(409, "recovery.running");
        }

        end.SetResult();
        using (var looked = await first)
        {
            Assert.True(looked.IsSuccessStatusCode);
        }

        aside.Planning = null;
        Server.Clock.Advance(TimeSpan.FromMinutes(11));
        using (var again = await admin.SendAsync(HttpMethod.Post, "/api/recoveries/preview", wish))
        {
            Assert.True(again.IsSuccessStatusCode);
        }

        using var asked = await admin.SendAsync(HttpMethod.Post, "/api/recoveries", wish);
        await asked.ShouldBeProblemAsync(403, "session.confirmation_needed");
    }

    [Fact]
    public async Task What_an_earlier_run_of_the_server_left_has_failed_and_stands_in_nobodys_way()
    {
        var admin = await Server.OrganisationAdminAsync();
        var (project, _) = await FillAsync(admin);
        var left = await Server.QueryAsync<long>(
            """
            insert into recoveries.asked (row_id, project_id, unit_id, run, state, asked_at)
            values (gen_random_uuid(), @project, 1, gen_random_uuid(), 'copying', now()) returning id
            """,
            new { project });

        var asked = await AskAsync(admin, project);
        await RunAsync();

        Assert.Equal("recovery.stopped", (string?)(await admin.GetAsync($"/api/recoveries/{left}"))["problemCode"]);
        Assert.Equal("done", (string?)(await admin.GetAsync($"/api/recoveries/{asked["id"]}"))["state"]);
    }

    [Fact]
    public async Task What_no_backup_brings_back_and_what_is_not_in_order_is_refused_at_once()
    {
        var admin = await Server.OrganisationAdminAsync();
        var (project, _) = await FillAsync(admin);
        await RefusedAsync(admin, 422, "recovery.invalid", new { project, at = "yesterday" });
        await RefusedAsync(admin, 422, "recovery.invalid", new { project, at = "2026-01-01T10:00:00" });
        await RefusedAsync(admin, 422, "recovery.invalid", new { project, at = Server.Clock.GetUtcNow().AddMinutes(1) });
        await RefusedAsync(admin, 422, "recovery.invalid", new { at = "latest" });
        await RefusedAsync(admin, 404, "recovery.not_there", new { project, at = "2001-01-01T10:00:00+02:00" });
        await RefusedAsync(admin, 404, "recovery.not_there", new { project = 4711, at = "latest" });

        // Who only runs the server moves nothing to where they could read it.
        var operatorOnly = await OperatorAsync();
        var unit = await Server.QueryAsync<long>("select max(id) from organisations.units") + 1;
        await RefusedAsync(operatorOnly, null, null, new { project, at = "latest", unit });

        await Server.Services.GetRequiredService<Fieldkeep.Server.Erasure.EraseProject>().RunAsync(
            Actor.System(Door.CommandLine), new ProjectId(project), await Server.QueryAsync<string>("select name from organisations.projects where id = @project", new { project }) ?? "", "a test", Fieldkeep.Server.Erasure.ErasureDespite.Nothing, Token);
        await RefusedAsync(admin, 409, "recovery.erased", new { project, at = "latest" });
        using var viewer = await (await SignedInAsync((await Server.PersonAsync()).Email)).SendAsync(HttpMethod.Get, "/api/recoveries");
        Assert.Equal(403, (int)viewer.StatusCode);
    }

    private static async Task RefusedAsync(Browser who, int? status, string? code, object body)
    {
        foreach (var path in (string[])["/api/recoveries", "/api/recoveries/preview"])
        {
            using var answer = await who.SendAsync(HttpMethod.Post, path, body);
            if (status is { } expected && code is not null)
            {
                await answer.ShouldBeProblemAsync(expected, code);
            }
            else
            {
                Assert.Contains((int)answer.StatusCode, (int[])[403, 404]);
            }
        }
    }

    private static async Task<JsonNode> AskAsync(Browser who, long project)
    {
        using var answer = await who.SendAsync(HttpMethod.Post, "/api/recoveries", new { project, at = "latest" });
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True((int)answer.StatusCode == 202, text);
        return JsonNode.Parse(text) ?? new JsonObject();
    }

    private static IEnumerable<JsonNode> Items(JsonNode list) => list["items"]?.AsArray().OfType<JsonNode>() ?? [];

    private Task RunAsync() => Server.Services.GetRequiredService<RunRecoveries>().RunAsync(Token);

    private async Task<(long Project, string Instance)> FillAsync(Browser admin)
    {
        var project = await admin.ProjectAsync();
        var phone = await Server.PhoneAsync(admin, project, Village.Form());
        var id = Village.NewId();
        await phone.SendAsync(Village.Instance(id));
        return (project, id);
    }

    private async Task<Browser> OperatorAsync()
    {
        var (email, id) = await Server.PersonAsync();
        await using (var tx = await Server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var grant = new Grant(Subject.Of(id), RolePermissions.Operator, Scope.Installation);
            await Server.Services.GetRequiredService<GrantRows>().AddAsync(tx, Actor.System(Door.CommandLine), grant, Token);
            await tx.CommitAsync(Token);
        }

        Server.Services.GetRequiredService<Policy>().Forget();
        return await SignedInAsync(email);
    }

    private async Task<Browser> SignedInAsync(string email)
    {
        var browser = new Browser(Server.CreateClient());
        await browser.SignInAsync(email, Some.Password);
        return browser;
    }
}
