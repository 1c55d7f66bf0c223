using System.Net;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Lifecycle.Trash;
using Fieldkeep.Server.Rights.Removal;
using Fieldkeep.Server.Tests.Lifecycle;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Rights;

public sealed class RemovalTests(TestServer server) : IClassFixture<TestServer>
{
    private static readonly object[] Nothing = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_the_moment_it_begins_nothing_opens_the_account_and_the_link_gives_all_of_it_back()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (email, id) = await server.PersonAsync("manager", project);
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);
        var impact = await person.GetAsync("/api/account/removal");
        Assert.Equal((project, true), (impact["projects"]?[0]?["id"]?.GetValue<long>(), impact["projects"]?[0]?["canStay"]?.GetValue<bool>()));

        var known = server.Services.GetRequiredService<Keyring>().RemovedAccounts.Count;
        var begun = await person.PostAsync("/api/account/removal", new { email, projects = new[] { new { project, choice = "delete" } } });

        Assert.Equal(server.Clock.GetUtcNow().AddDays(14), begun["dueAt"]!.GetValue<DateTimeOffset>(), TimeSpan.FromMinutes(1)); // just written
        using var signedIn = await person.SendAsync(HttpMethod.Get, "/api/session");
        Assert.Equal(HttpStatusCode.Unauthorized, signedIn.StatusCode);
        using var again = await new Browser(server.CreateClient()).SendAsync(HttpMethod.Post, "/api/session", new { email, password = Some.Password });
        await again.ShouldBeProblemAsync(401, "session.refused");
        using var gone = await admin.SendAsync(HttpMethod.Get, $"/api/projects/{project}");
        await gone.ShouldBeProblemAsync(404, "access.not_found");
        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);
        Assert.Equal(email, await server.QueryAsync<string>("select email from accounts.accounts where actor_id = @id", new { id = id.Value }));

        // However short its trash: the project waits for the account that may come back.
        await server.QueryAsync<int>(
            "update organisations.projects set deleted_at = deleted_at - interval '40 days', trash_days = 0 where id = @project returning 1", new { project });
        await server.Services.GetRequiredService<EraseTrashedProjects>().RunAsync(Token);

        await CancelAsync(email);

        await person.SignInAsync(email, Some.Password);
        await person.GetAsync($"/api/projects/{project}");
        using var used = await new Browser(server.CreateClient()).SendAsync(HttpMethod.Post, "/api/removals/cancellation", new { token = await LinkTokenAsync(email) });
        await used.ShouldBeProblemAsync(404, "removal.not_found");
        Assert.Equal(known, server.Services.GetRequiredService<Keyring>().RemovedAccounts.Count);
    }

    [Fact]
    public async Task After_the_grace_a_tombstone_is_left_and_what_was_collected_stays_under_another_name_in_each_project()
    {
        var admin = await server.OrganisationAdminAsync();
        var (one, other) = (await admin.ProjectAsync(), await admin.ProjectAsync());
        var (email, id) = await server.PersonAsync("manager", one);
        await server.AssignAsync(id, "manager", other, isHeld: true);
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);
        var sent = await SendAsync(person, one);
        await SendAsync(person, other);
        await RemoveAsync(person, email, one, other);
        await PassGraceAsync(id);

        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);
        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);

        var names = await server.QueryAsync<string>(
            """
            select string_agg(distinct a.display_name, ' ') from submissions.versions v join accounts.actors a on a.id = v.submitter_id
            join submissions.submissions s on s.id = v.submission_id where s.project_id = any (@projects)
            """,
            new { projects = new[] { one, other } });
        Assert.Matches("^removed-user-[0-9a-f]{8} removed-user-[0-9a-f]{8}$", names);
        Assert.Equal(2, names?.Split(' ').Distinct().Count());
        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from submissions.submissions where submitter_id = @id", new { id = id.Value }));
        Assert.Equal(0, await server.QueryAsync<long>(
            "select count(*) from audit.events where actor_id = @id and (caller is not null or notes is not null or project_id is not null)", new { id = id.Value }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from rights.stand_ins"));
        Assert.Matches("^removed-user-", await server.QueryAsync<string>("select display_name from accounts.actors where id = @id", new { id = id.Value }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from accounts.accounts where email_key = @email", new { email }));
        using var read = await admin.SendAsync(HttpMethod.Get, $"/v1/projects/{one}/forms/village/submissions/{Uri.EscapeDataString(sent)}");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using var taken = await admin.SendAsync(HttpMethod.Post, "/v1/users", new { email, password = Some.Password });
        Assert.Equal(HttpStatusCode.Conflict, taken.StatusCode);
        Assert.Contains(await server.LettersToAsync(email), letter => letter.Subject == "Your account was removed");
        Assert.Contains(server.Services.GetRequiredService<Keyring>().RemovedAccounts, removed => removed.At <= server.Clock.GetUtcNow());
        var report = await server.VerifyAsync();
        Assert.True(report.Holds, string.Join('\n', report.Findings.Select(finding => finding.ToString()).Concat(report.NotVerified)));
    }

    [Fact]
    public async Task A_removal_that_stops_between_its_rooms_is_finished_under_the_same_name()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (email, id) = await server.PersonAsync("manager", project);
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);
        await SendAsync(person, project);
        await RemoveAsync(person, email, project);
        await PassGraceAsync(id);
        await server.StopAtAsync("before update of submitter_id on submissions.versions", "true");

        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);
        Assert.Equal("burying", await server.QueryAsync<string>("select state from rights.removals where actor_id = @id", new { id = id.Value }));
        Assert.NotEqual(id.Value, await server.QueryAsync<long>("select submitter_id from submissions.submissions where project_id = @project", new { project }));
        Assert.Equal(id.Value, await server.QueryAsync<long>(
            "select v.submitter_id from submissions.versions v join submissions.submissions s on s.id = v.submission_id where s.project_id = @project", new { project }));
        await server.GoOnAsync("submissions.versions");
        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);

        Assert.Equal("done", await server.QueryAsync<string>("select state from rights.removals where actor_id = @id", new { id = id.Value }));
        Assert.Equal(1, await server.QueryAsync<long>(
            """
            select count(*) from submissions.versions v join submissions.submissions s on s.id = v.submission_id and s.submitter_id = v.submitter_id
            join accounts.actors a on a.id = v.submitter_id where s.project_id = @project and a.display_name like 'removed-user-%'
            """,
            new { project }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from rights.stand_ins"));
        var report = await server.VerifyAsync();
        Assert.True(report.Holds, string.Join('\n', report.Findings.Select(finding => finding.ToString()).Concat(report.NotVerified)));
    }

    [Fact]
    public async Task An_account_that_a_restored_database_brings_back_is_removed_again()
    {
        var (_, _, id) = await RemovedPersonAsync();

        // The database of before, beside the keyring of now.
        await server.QueryAsync<int>(
            """
            with a as (update accounts.accounts set deleted_at = null where actor_id = @id), r as (delete from accounts.retired_addresses where actor_id = @id),
                 x as (delete from rights.removals where actor_id = @id)
            update accounts.actors set deleted_at = null where id = @id returning 1
            """,
            new { id = id.Value });
        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);
        Assert.NotNull(await server.QueryAsync<DateTime?>("select deleted_at from accounts.accounts where actor_id = @id", new { id = id.Value }));
        await PassGraceAsync(id);
        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);

        Assert.Equal("done", await server.QueryAsync<string>("select state from rights.removals where actor_id = @id and is_replay", new { id = id.Value }));
        Assert.Equal("person", await server.QueryAsync<string>("select tombstone from accounts.actors where id = @id", new { id = id.Value }));
    }

    [Fact]
    public async Task Every_wrong_request_is_refused_and_nothing_ends()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (email, id) = await server.PersonAsync("manager", project);
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);

        async Task RefusedAsync(Browser browser, object body, int status, string code)
        {
            using var refused = await browser.SendAsync(HttpMethod.Post, "/api/account/removal", body);
            await refused.ShouldBeProblemAsync(status, code);
        }

        await RefusedAsync(person, new { email = "somebody@else.org", projects = Nothing }, 422, "removal.typed");
        await RefusedAsync(person, new { email, projects = Nothing }, 422, "removal.choice");
        await RefusedAsync(person, new { email, projects = new[] { new { project, choice = "burn" } } }, 422, "removal.choice");
        await RefusedAsync(person, new { email, projects = new[] { new { project, choice = "hand_over", to = 999_999 } } }, 422, "removal.choice");
        await RefusedAsync(person, new { email, projects = new[] { new { project, choice = "unit" }, new { project, choice = "delete" } } }, 422, "removal.choice");
        await RefusedAsync(person, new { email, projects = new[] { new { project, choice = "unit" }, new { project = project + 999, choice = "delete" } } }, 422, "removal.choice");
        await RefusedAsync(admin, new { email = Actors.AdminEmail, projects = Nothing }, 409, "account.last_administrator");
        server.Clock.Advance(TimeSpan.FromMinutes(11));
        await RefusedAsync(person, new { email, projects = new[] { new { project, choice = "unit" } } }, 403, "session.confirmation_needed");
        foreach (var token in new[] { "", "x", new string('a', 10_000), "Zm9yZ2Vk" })
        {
            using var forged = await new Browser(server.CreateClient()).SendAsync(HttpMethod.Post, "/api/removals/cancellation", new { token });
            await forged.ShouldBeProblemAsync(404, "removal.not_found");
        }

        Assert.Null(await server.QueryAsync<DateTime?>("select deleted_at from accounts.accounts where actor_id = @id", new { id = id.Value }));
        Assert.Equal(0, await server.QueryAsync<long>("select count(*) from rights.removals where actor_id = @id", new { id = id.Value }));
    }

    [Fact]
    public async Task Somebody_elses_account_takes_a_reason_and_a_second_administrator()
    {
        var admin = await server.OrganisationAdminAsync();
        var (email, id) = await server.PersonAsync();
        var rows = server.Services.GetRequiredService<RemovalRows>();
        var remove = server.Services.GetRequiredService<RemoveOthersAccount>();
        var (_, asker) = await server.PersonAsync();
        var (first, second) = (Actor.System(Door.CommandLine) with { Id = asker }, Actor.System(Door.CommandLine));

        await Assert.ThrowsAsync<ProblemException>(() => remove.AskAsync(first, id, " ", Token));
        await remove.AskAsync(first, id, "left the organisation", Token);
        Assert.Equal("removal.waits", (await Assert.ThrowsAsync<ProblemException>(() => remove.AskAsync(second, id, "left it", Token))).Code);
        Assert.Equal("removal.second_needed", (await Assert.ThrowsAsync<ProblemException>(() => remove.AgreeAsync(first, id, Token))).Code);
        Assert.Equal("left the organisation", rows.ReasonOf(await rows.FindOpenAsync(id, Token) ?? throw new InvalidOperationException()));
        await new Browser(server.CreateClient()).SignInAsync(email, Some.Password);
        var found = await admin.GetAsync($"/api/accounts?q={Uri.EscapeDataString(email)}");
        Assert.Equal((1, id.Value), ((int)found["all"]!, (long)found["items"]![0]!["id"]!)); // an account was found
        var asked = (await admin.GetAsync("/api/removals"))["items"]?.AsArray().Single(one => (long?)one?["account"] == id.Value);
        Assert.Equal(("A ", "asked", "A ", null), ((string?)asked?["accountName"], (string?)asked?["state"], (string?)asked?["askedByName"], (string?)asked?["agreedByName"]));

        // Who asked may do so no longer.
        Assert.Equal("removal.asker_gone", (await Assert.ThrowsAsync<ProblemException>(() => remove.AgreeAsync(second, id, Token))).Code);
        await server.QueryAsync<int>(
            """
            insert into access.grants (subject_kind, subject_id, role, scope_kind, scope_id, granted_by, granted_at)
            values ('actor', @id, 'operator', 'installation', 0, @id, now()) returning 1
            """,
            new { id = asker.Value });
        server.Services.GetRequiredService<Policy>().Forget();
        await remove.AgreeAsync(second, id, Token);
        await server.QueryAsync<int>("update access.grants set ended_at = now() where subject_id = @id returning 1", new { id = asker.Value });
        server.Services.GetRequiredService<Policy>().Forget();

        var told = Assert.Single(await server.LettersToAsync(email), letter => letter.Subject == "Your account is being removed");
        Assert.DoesNotContain("cancel-removal", told.Body, StringComparison.Ordinal);
        using var refused = await new Browser(server.CreateClient()).SendAsync(HttpMethod.Post, "/api/session", new { email, password = Some.Password });
        await refused.ShouldBeProblemAsync(401, "session.refused");
        await server.Services.GetRequiredService<CancelRemoval>().RunAsync(second, id, Token);
        await new Browser(server.CreateClient()).SignInAsync(email, Some.Password);
        Assert.Contains(await server.LettersToAsync(email), letter => letter.Subject == "Your account was given back");
    }

    [Fact]
    public async Task Only_who_runs_the_server_finds_accounts_and_sees_removals()
    {
        var manager = await server.SignedInAsync("manager", await (await server.OrganisationAdminAsync()).ProjectAsync());
        foreach (var path in (string[])["/api/accounts", "/api/removals"])
        {
            using var refused = await manager.SendAsync(HttpMethod.Get, path);
            await refused.ShouldBeProblemAsync(403, "access.denied");
        }
    }

    [Fact]
    public async Task Once_it_is_due_nobody_cancels_it()
    {
        var (_, email, id) = await RemovedPersonAsync();
        await PassGraceAsync(id);

        using var late = await new Browser(server.CreateClient())
            .SendAsync(HttpMethod.Post, "/api/removals/cancellation", new { token = await LinkTokenAsync(email) });
        await late.ShouldBeProblemAsync(404, "removal.not_found");
        var cancel = server.Services.GetRequiredService<CancelRemoval>();
        Assert.Equal("removal.not_found", (await Assert.ThrowsAsync<ProblemException>(() => cancel.RunAsync(Actor.System(Door.CommandLine), id, Token))).Code);
        await server.QueryAsync<int>("update rights.removals set state = 'burying', due_at = @later where actor_id = @id returning 1", new { id = id.Value, later = server.Clock.GetUtcNow().AddDays(1) });
        Assert.Equal("removal.not_found", (await Assert.ThrowsAsync<ProblemException>(() => cancel.RunAsync(Actor.System(Door.CommandLine), id, Token))).Code);

        await server.Services.GetRequiredService<FinishRemovals>().RunAsync(Token);
        Assert.Equal("done", await server.QueryAsync<string>("select state from rights.removals where actor_id = @id", new { id = id.Value }));
    }

    [Fact]
    public async Task A_restored_database_learns_what_was_cancelled_or_begun_again_after_the_backup()
    {
        var (person, email, id) = await RemovedPersonAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        await CancelAsync(email);
        var finish = server.Services.GetRequiredService<FinishRemovals>();

        // The database of before the cancelling, when it was due already: it is given back, not buried.
        await ForgetCancellingAsync(id);
        await finish.RunAsync(Token);
        Assert.Equal("cancelled", await server.QueryAsync<string>("select state from rights.removals where actor_id = @id", new { id = id.Value }));
        await person.SignInAsync(email, Some.Password);

        // Removed again, and the database of before that: it is removed again, and the keyring goes on knowing it.
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        await RemoveAsync(person, email);
        var known = server.Services.GetRequiredService<Keyring>().RemovedAccounts.Count;
        await server.QueryAsync<int>(
            """
            with a as (update accounts.accounts set deleted_at = null where actor_id = @id),
                 x as (delete from rights.removals where actor_id = @id and state = 'waiting')
            update accounts.actors set deleted_at = null where id = @id returning 1
            """,
            new { id = id.Value });
        await finish.RunAsync(Token);
        Assert.Equal(known, server.Services.GetRequiredService<Keyring>().RemovedAccounts.Count);
        Assert.Equal("waiting", await server.QueryAsync<string>(
            "select state from rights.removals where actor_id = @id and is_replay", new { id = id.Value }));
    }

    [Fact]
    public async Task What_was_cancelled_after_the_backup_is_not_buried_while_that_cannot_be_written()
    {
        var (person, email, id) = await RemovedPersonAsync();
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        await CancelAsync(email);
        await ForgetCancellingAsync(id);
        await server.QueryAsync<int>(
            """
            create function rights.stop_here() returns trigger language plpgsql as $$ begin raise exception 'stopped'; end $$;
            create trigger stop_here before update on rights.removals for each row when (new.state = 'cancelled') execute function rights.stop_here();
            select 1
            """);
        var finish = server.Services.GetRequiredService<FinishRemovals>();
        Task<string?> StateAsync() => server.QueryAsync<string>("select state from rights.removals where actor_id = @id", new { id = id.Value });

        await finish.RunAsync(Token);

        Assert.Equal("waiting", await StateAsync());
        await server.QueryAsync<int>("drop trigger stop_here on rights.removals; drop function rights.stop_here(); select 1");
        await finish.RunAsync(Token);
        Assert.Equal("cancelled", await StateAsync());
        await person.SignInAsync(email, Some.Password);
    }

    [Fact]
    public async Task A_project_that_is_handed_over_has_who_runs_it()
    {
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var (email, _) = await server.PersonAsync("manager", project);
        var (heirsEmail, heir) = await server.PersonAsync("viewer", project);
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);

        await person.PostAsync("/api/account/removal", new { email, projects = new[] { new { project, choice = "hand_over", to = heir.Value } } });

        var browser = new Browser(server.CreateClient());
        await browser.SignInAsync(heirsEmail, Some.Password);
        var impact = await browser.GetAsync("/api/account/removal");
        Assert.Equal(project, impact["projects"]?.AsArray().Single()?["id"]?.GetValue<long>());
    }

    private async Task<(Browser Person, string Email, ActorId Id)> RemovedPersonAsync()
    {
        await server.OrganisationAdminAsync();
        var (email, id) = await server.PersonAsync();
        var person = new Browser(server.CreateClient());
        await person.SignInAsync(email, Some.Password);
        await RemoveAsync(person, email);
        return (person, email, id);
    }

    private static async Task RemoveAsync(Browser person, string email, params long[] projects) =>
        await person.PostAsync("/api/account/removal", new { email, projects = projects.Select(project => new { project, choice = "unit" }) });

    // The database of before a removal was cancelled, when it is due.
    private Task<int> ForgetCancellingAsync(ActorId id) => server.QueryAsync<int>(
        """
        with a as (update accounts.accounts set deleted_at = now() where actor_id = @id),
             x as (update rights.removals set state = 'waiting', ended_at = null, due_at = @due where actor_id = @id)
        update accounts.actors set deleted_at = now() where id = @id returning 1
        """,
        new { id = id.Value, due = server.Clock.GetUtcNow() });

    private Task<int> PassGraceAsync(ActorId id) => server.QueryAsync<int>(
        "update rights.removals set due_at = @now where actor_id = @id and state = 'waiting' returning 1",
        new { id = id.Value, now = server.Clock.GetUtcNow().AddSeconds(-1) });

    private async Task CancelAsync(string email)
    {
        using var cancelled = await new Browser(server.CreateClient())
            .SendAsync(HttpMethod.Post, "/api/removals/cancellation", new { token = await LinkTokenAsync(email) });
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
    }

    private async Task<string> LinkTokenAsync(string email) =>
        (await server.LettersToAsync(email)).Last(letter => letter.Subject == "Your account is being removed").Link.Fragment[1..];

    private static async Task<string> SendAsync(Browser person, long project)
    {
        using var form = new StringContent(Village.Form(), null, "application/xml");
        using var made = await person.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms?publish=true", form);
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        var id = Village.NewId();
        using var instance = new StringContent(Village.Instance(id), null, "application/xml");
        using var sent = await person.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/village/submissions", instance);
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        return id;
    }
}
