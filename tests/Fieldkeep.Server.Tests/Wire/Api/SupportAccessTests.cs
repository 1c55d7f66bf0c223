using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Operators have no data; whoever answers for it lets a named one read it for a time, and knows what they read.</summary>
public sealed class SupportAccessTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_reads_nothing_of_a_project()
    {
        var stage = await SupportStage.BuildAsync(server);
        foreach (var address in stage.DataAddresses.Concat(stage.ExportAddresses))
        {
            Assert.Equal((address, 404), (address, await SupportStage.StatusAsync(stage.Operator, address)));
            Assert.Equal((address, 200), (address, await SupportStage.StatusAsync(stage.Admin, address)));
        }
    }

    [Fact]
    public async Task An_operator_who_is_let_in_reads_and_neither_exports_nor_changes()
    {
        var stage = await SupportStage.BuildAsync(server);
        await stage.GiveAsync();
        foreach (var address in stage.DataAddresses)
        {
            Assert.Equal((address, 200), (address, await SupportStage.StatusAsync(stage.Operator, address)));
        }

        foreach (var address in stage.ExportAddresses)
        {
            Assert.Equal((address, 403), (address, await SupportStage.StatusAsync(stage.Operator, address)));
        }

        using var comment = await stage.Operator.SendAsync(
            HttpMethod.Post, $"/v1/projects/{stage.Project}/forms/{Village.FormId}/submissions/{stage.Instance}/comments", new { body = "Seen." });
        using var rename = await stage.Operator.SendAsync(HttpMethod.Patch, $"/api/projects/{stage.Project}", new { name = "Theirs" });
        Assert.Equal(403, (int)comment.StatusCode);
        Assert.Contains("Support access is for reading", await comment.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        await rename.ShouldBeProblemAsync(403, "access.denied");
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, $"/api/projects/{await stage.Admin.ProjectAsync()}"));
    }

    [Fact]
    public async Task Exports_come_out_where_they_were_given_too()
    {
        var stage = await SupportStage.BuildAsync(server);
        await stage.GiveAsync(export: true);
        foreach (var address in stage.ExportAddresses)
        {
            Assert.Equal((address, 200), (address, await SupportStage.StatusAsync(stage.Operator, address)));
        }
    }

    [Fact]
    public async Task Ending_it_acts_on_the_next_request_and_once()
    {
        var stage = await SupportStage.BuildAsync(server);
        var first = (await stage.GiveAsync())["id"]!.GetValue<long>(); // a case has an id
        using var ended = await stage.Admin.SendAsync(HttpMethod.Delete, $"/api/support-access/{first}");
        Assert.Equal(204, (int)ended.StatusCode);
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
        using var twice = await stage.Admin.SendAsync(HttpMethod.Delete, $"/api/support-access/{first}");
        await twice.ShouldBeProblemAsync(409, "support.over");

        var second = (await stage.GiveAsync())["id"]!.GetValue<long>(); // as above
        Assert.Equal(200, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
        using var left = await stage.Operator.SendAsync(HttpMethod.Delete, $"/api/support-access/{second}");
        Assert.Equal(204, (int)left.StatusCode);
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
    }

    [Fact]
    public async Task Every_line_of_the_audit_book_says_that_it_was_support()
    {
        var stage = await SupportStage.BuildAsync(server);
        var given = await stage.GiveAsync();
        await StatusesAsync(stage.Operator, stage.DataAddresses);
        await StatusesAsync(stage.Admin, stage.DataAddresses);

        var lines = ((JsonArray)(await stage.Admin.GetAsync($"/api/activity?project={stage.Project}"))["items"]!).Select(line => line!).ToList(); // a page has items
        var theirs = lines.Where(line => line["actor"]?["id"]?.GetValue<long>() == stage.Operator.AccountId).ToList();
        var own = lines.Where(line => line["actor"]?["id"]?.GetValue<long>() == stage.Admin.AccountId).ToList();

        Assert.Contains(theirs, line => line["action"]?.GetValue<string>() == "submission.read");
        Assert.Contains(theirs, line => line["action"]?.GetValue<string>() == "submission.read_file");
        Assert.All(theirs, line => Assert.Equal("support", line["actingAs"]?.GetValue<string>()));
        Assert.Single(theirs.Select(line => line["supportGrant"]?.GetValue<long>()).Distinct());
        Assert.Contains(own, line => line["action"]?.GetValue<string>() == "submission.read");
        Assert.All(own, line => Assert.Null(line["actingAs"]));

        var seen = await stage.Admin.GetAsync($"/api/support-access/{given["id"]}");
        Assert.Equal(1, seen["use"]?["records"]?.GetValue<int>());
        Assert.True(seen["use"]?["rows"]?.GetValue<long>() >= 1);
        Assert.Equal(1, seen["use"]?["files"]?.GetValue<int>());
        Assert.Equal(0, seen["use"]?["exports"]?.GetValue<int>());
    }

    [Fact]
    public async Task Whoever_holds_a_role_there_acts_in_their_own_right()
    {
        var stage = await SupportStage.BuildAsync(server);
        await server.AssignAsync(new ActorId(stage.Operator.AccountId), RolePermissions.Viewer, stage.Project, isHeld: true);
        await stage.GiveAsync();
        await StatusesAsync(stage.Operator, stage.DataAddresses);

        Assert.False(await server.QueryAsync<bool>(
            "select exists (select from audit.events where actor_id = @id and support_grant is not null)", new { id = stage.Operator.AccountId }));
    }

    [Fact]
    public async Task A_role_for_some_rows_hides_no_support_access()
    {
        var stage = await SupportStage.BuildAsync(server);
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            var own = new Grant(new ActorId(stage.Operator.AccountId), RolePermissions.Viewer, Scope.Of(new ProjectId(stage.Project))) { IsOwn = true };
            await server.Services.GetRequiredService<GrantRows>().AddAsync(tx, Actor.System(Door.CommandLine), own, Token);
            await tx.CommitAsync(Token);
        }

        await stage.GiveAsync();
        Assert.Equal(200, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[3]));
        Assert.Equal(403, await SupportStage.StatusAsync(stage.Operator, stage.ExportAddresses[0]));
        Assert.True(await server.QueryAsync<bool>(
            "select exists (select from audit.events where actor_id = @id and action = 'submission.read' and support_grant is not null)",
            new { id = stage.Operator.AccountId }));
    }

    [Fact]
    public async Task The_session_says_under_what_one_reads()
    {
        var stage = await SupportStage.BuildAsync(server);
        Assert.Empty((JsonArray)(await stage.Operator.GetAsync("/api/session"))["supportAccess"]!); // every session says it
        var given = await stage.GiveAsync();

        var support = Assert.Single((JsonArray)(await stage.Operator.GetAsync("/api/session"))["supportAccess"]!); // as above

        Assert.Equal(given["id"]?.GetValue<long>(), support?["id"]?.GetValue<long>());
        Assert.Equal("support", support?["kind"]?.GetValue<string>());
        Assert.StartsWith("project", support?["place"]?["name"]?.GetValue<string>(), StringComparison.Ordinal);
        Assert.False(support?["export"]?.GetValue<bool>());
    }

    [Fact]
    public async Task The_owner_is_written_to_at_the_start_and_at_the_end_with_the_sums()
    {
        var stage = await SupportStage.BuildAsync(server);
        var before = (await server.LettersToAsync(Actors.AdminEmail)).Count;
        var given = await stage.GiveAsync();
        await StatusesAsync(stage.Operator, stage.DataAddresses);
        using var ended = await stage.Admin.SendAsync(HttpMethod.Delete, $"/api/support-access/{given["id"]}");

        var letters = (await server.LettersToAsync(Actors.AdminEmail)).Where(letter => letter.Subject.StartsWith("Support", StringComparison.Ordinal)
            && letter.Body.Contains($" {given["place"]?["name"]} ", StringComparison.Ordinal)).ToList();
        Assert.True((await server.LettersToAsync(Actors.AdminEmail)).Count >= before + 2);
        Assert.Contains("T-4711", Assert.Single(letters, letter => letter.Subject == "Support access begins").Body, StringComparison.Ordinal);
        var end = Assert.Single(letters, letter => letter.Subject == "Support access is over").Body;
        Assert.Contains("Submissions opened: 1", end, StringComparison.Ordinal);
        Assert.Contains("Attachments opened: 1", end, StringComparison.Ordinal);
        Assert.Contains("Exports: 0", end, StringComparison.Ordinal);
        Assert.Contains(await server.LettersToAsync(stage.OperatorEmail), letter => letter.Subject == "Support access begins");
    }

    [Theory]
    [InlineData(0, "T-1", SupportStage.Reason, "support.length")]
    [InlineData(337, "T-1", SupportStage.Reason, "support.length")]
    [InlineData(int.MaxValue, "T-1", SupportStage.Reason, "support.length")]
    [InlineData(-5, "T-1", SupportStage.Reason, "support.length")]
    [InlineData(2, "", SupportStage.Reason, "support.ticket")]
    [InlineData(2, null, SupportStage.Reason, "support.ticket")]
    [InlineData(2, "T-1\r\nBcc: a@example.org", SupportStage.Reason, "support.ticket")]
    [InlineData(2, "T-1", "short", "support.reason")]
    [InlineData(2, "T-1", null, "support.reason")]
    [InlineData(2, "T-1", "a nul \0 in the middle", "support.reason")]
    public async Task A_wish_beyond_the_limits_is_refused(int hours, string? ticket, string? reason, string code)
    {
        var stage = await SupportStage.BuildAsync(server);
        using var given = await stage.Admin.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish(hours, ticket: ticket, reason: reason));
        await given.ShouldBeProblemAsync(422, code);
        using var asked = await stage.Operator.SendAsync(
            HttpMethod.Post, "/api/support-access/requests", stage.Wish(hours, ticket: ticket, reason: reason));
        await asked.ShouldBeProblemAsync(422, code);
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
    }

    [Fact]
    public async Task Nobody_lets_themselves_in_and_only_operators_with_a_second_factor_are_let_in()
    {
        var stage = await SupportStage.BuildAsync(server);
        var (bare, _) = await stage.OperatorAsync(hasFactor: false);
        var (_, person) = await server.PersonAsync();
        using var self = await stage.Admin.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish(person: stage.Admin.AccountId));
        await self.ShouldBeProblemAsync(403, "support.self");
        foreach (var unfit in new[] { bare.AccountId, person.Value, 999_999_999, 0, -1 })
        {
            using var refused = await stage.Admin.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish(person: unfit));
            await refused.ShouldBeProblemAsync(422, "support.operator_unfit");
        }

        using var asked = await bare.SendAsync(HttpMethod.Post, "/api/support-access/requests", stage.Wish());
        await asked.ShouldBeProblemAsync(422, "support.operator_unfit");
        using var own = await stage.Operator.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish());
        await own.ShouldBeProblemAsync(404, "access.not_found");
        var names = (JsonArray)(await stage.Admin.GetAsync("/api/support-access/operators"))["items"]!; // a list has items
        Assert.Contains(names, one => one?["id"]?.GetValue<long>() == stage.Operator.AccountId);
        Assert.DoesNotContain(names, one => one?["id"]?.GetValue<long>() == bare.AccountId);
    }

    [Fact]
    public async Task Guessed_numbers_lead_nowhere()
    {
        var stage = await SupportStage.BuildAsync(server);
        var given = (await stage.GiveAsync())["id"]!.GetValue<long>(); // a case has an id
        var (other, _) = await stage.OperatorAsync();
        var viewer = await server.SignedInAsync(RolePermissions.Viewer, stage.Project);
        foreach (var (browser, id) in new[] { (stage.Admin, 999_999_999), (other, given), (viewer, given) })
        {
            using var read = await browser.SendAsync(HttpMethod.Get, $"/api/support-access/{id}");
            await read.ShouldBeProblemAsync(404, "support.not_found");
            using var ended = await browser.SendAsync(HttpMethod.Delete, $"/api/support-access/{id}");
            await ended.ShouldBeProblemAsync(404, "support.not_found");
            using var approved = await browser.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { });
            await approved.ShouldBeProblemAsync(404, "support.not_found");
            using var declined = await browser.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/refusal");
            await declined.ShouldBeProblemAsync(404, "support.not_found");
        }

        using var nowhere = await stage.Admin.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish(place: 999_999_999));
        await nowhere.ShouldBeProblemAsync(404, "access.not_found");
        using var noPlace = await stage.Admin.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish(kind: "installation"));
        await noPlace.ShouldBeProblemAsync(422, "support.place");
        using var unseen = await stage.Operator.SendAsync(HttpMethod.Post, "/api/support-access/requests", stage.Wish(place: 999_999_999));
        await unseen.ShouldBeProblemAsync(404, "access.not_found");
        using var mayNot = await viewer.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish());
        await mayNot.ShouldBeProblemAsync(403, "access.denied");
        using var held = await stage.Admin.SendAsync(HttpMethod.Post, "/api/support-access", stage.Wish());
        await held.ShouldBeProblemAsync(409, "support.held");
        Assert.Empty((JsonArray)(await viewer.GetAsync("/api/support-access"))["items"]!); // a list has items
    }

    [Fact]
    public async Task A_whole_organisation_can_be_opened_and_its_projects_with_it()
    {
        var stage = await SupportStage.BuildAsync(server);
        var home = await server.QueryAsync<long>("select min(id) from organisations.units where parent_id is null");
        var given = await stage.Admin.PostAsync("/api/support-access", stage.Wish(kind: "unit", place: home));
        Assert.Equal(200, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
        Assert.Equal("Plum Relief", given["place"]?["name"]?.GetValue<string>());
        using var ended = await stage.Admin.SendAsync(HttpMethod.Delete, $"/api/support-access/{given["id"]}");
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
    }

    [Fact]
    public async Task A_token_never_acts_under_support_access()
    {
        var stage = await SupportStage.BuildAsync(server);
        await stage.GiveAsync();
        var policy = server.Services.GetRequiredService<Policy>();
        var person = new Actor(new ActorId(stage.Operator.AccountId), ActorKind.Account, "", Door.Web, null);
        var place = Scope.Of(new ProjectId(stage.Project));

        Assert.True(await policy.HasAsync(person, Permission.SubmissionRead, place, Token));
        Assert.False(await policy.HasAsync(person with { Bounds = new ActorBounds(null, null) }, Permission.SubmissionRead, place, Token));
        var scopes = await policy.ScopesWithAsync(person with { Bounds = new ActorBounds(null, null) }, Permission.SubmissionRead, Token);
        Assert.Empty(scopes.Projects);
    }

    [Fact]
    public void Support_cannot_be_assigned_like_a_role() => Assert.All(
        Enum.GetValues<ScopeKind>(),
        kind => Assert.False(RolePermissions.FitsAt(RolePermissions.Support, kind) || RolePermissions.FitsAt(RolePermissions.SupportExport, kind)));

    [Fact]
    public async Task Why_it_was_given_is_not_in_the_database_in_clear()
    {
        var stage = await SupportStage.BuildAsync(server);
        var given = await stage.GiveAsync();

        Assert.Equal(SupportStage.Reason, given["reason"]?.GetValue<string>());
        Assert.False(await server.QueryAsync<bool>(
            "select exists (select from support_access.cases where position(convert_to(@reason, 'UTF8') in reason) > 0)", new { reason = SupportStage.Reason }));
        Assert.Equal(1, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where action = 'support.open' and subject_id = @id", new { id = given["id"]?.ToString() }));
    }

    private static async Task StatusesAsync(Browser browser, IEnumerable<string> addresses)
    {
        foreach (var address in addresses)
        {
            Assert.Equal((address, 200), (address, await SupportStage.StatusAsync(browser, address)));
        }
    }
}
