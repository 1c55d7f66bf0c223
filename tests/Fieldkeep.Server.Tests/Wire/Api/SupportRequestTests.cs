using System.Globalization;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

/// <summary>Operators ask to be let in: the owners, or, in an emergency, each other.</summary>
public sealed class SupportRequestTests(TestServer server) : IClassFixture<TestServer>
{
    [Fact]
    public async Task An_owner_approves_what_was_asked_for_or_less()
    {
        var stage = await SupportStage.BuildAsync(server);
        var id = await AskAsync(stage, hours: 5);
        using var self = await stage.Operator.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { });
        await self.ShouldBeProblemAsync(403, "support.self");
        using var longer = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { hours = 6 });
        await longer.ShouldBeProblemAsync(422, "support.more_than_asked");
        using var more = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { export = true });
        await more.ShouldBeProblemAsync(422, "support.more_than_asked");
        using var none = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { hours = 0 });
        await none.ShouldBeProblemAsync(422, "support.length");
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));

        var approved = await stage.Admin.PostAsync($"/api/support-access/{id}/approval", new { hours = 1 });

        Assert.Equal("open", approved["state"]?.GetValue<string>());
        Assert.Equal(60, approved["minutes"]?.GetValue<int>());
        Assert.Equal(200, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
        using var again = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { });
        await again.ShouldBeProblemAsync(409, "support.decided");
        using var late = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/refusal");
        await late.ShouldBeProblemAsync(409, "support.decided");
    }

    [Fact]
    public async Task Two_approvals_at_once_open_it_once()
    {
        var stage = await SupportStage.BuildAsync(server);
        var id = await AskAsync(stage, hours: 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var answer = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { });
            return (int)answer.StatusCode;
        }));

        Assert.Equal([200, 409, 409, 409], answers.Order());
    }

    [Fact]
    public async Task The_owners_are_written_to_when_someone_asks_and_can_say_no()
    {
        var stage = await SupportStage.BuildAsync(server);
        var id = await AskAsync(stage, hours: 3);
        Assert.Contains(await server.LettersToAsync(Actors.AdminEmail), letter => letter.Subject == "Support access is asked for");
        var seen = (JsonArray)(await stage.Admin.GetAsync("/api/support-access"))["items"]!; // a list has items
        var asked = Assert.Single(seen, one => one?["id"]?.GetValue<long>() == id);
        Assert.True(asked?["mayApprove"]?.GetValue<bool>());
        var own = await stage.Operator.GetAsync($"/api/support-access/{id}");
        Assert.False(own["mayApprove"]?.GetValue<bool>());
        Assert.Null(own["place"]?["name"]);

        using var declined = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/refusal");

        Assert.Equal(204, (int)declined.StatusCode);
        Assert.Equal("declined", (await stage.Operator.GetAsync($"/api/support-access/{id}"))["state"]?.GetValue<string>());
        using var late = await stage.Admin.SendAsync(HttpMethod.Post, $"/api/support-access/{id}/approval", new { });
        await late.ShouldBeProblemAsync(409, "support.decided");
    }

    [Fact]
    public async Task Only_operators_ask()
    {
        var stage = await SupportStage.BuildAsync(server);
        var viewer = await server.SignedInAsync(RolePermissions.Viewer, stage.Project);
        using var asked = await viewer.SendAsync(HttpMethod.Post, "/api/support-access/requests", stage.Wish());
        await asked.ShouldBeProblemAsync(403, "access.denied");
        using var broken = await viewer.SendAsync(HttpMethod.Post, "/api/break-glass", BreakGlass(stage, 30));
        await broken.ShouldBeProblemAsync(403, "access.denied");
    }

    [Fact]
    public async Task In_an_emergency_another_operator_lets_one_in_and_the_owner_is_written_to_at_once()
    {
        var stage = await SupportStage.BuildAsync(server);
        var (second, _) = await stage.OperatorAsync();
        var (bare, _) = await stage.OperatorAsync(hasFactor: false);
        var asked = await stage.Operator.PostAsync("/api/break-glass", BreakGlass(stage, 30));
        using var self = await stage.Operator.SendAsync(HttpMethod.Post, $"/api/support-access/{asked["id"]}/approval", new { });
        await self.ShouldBeProblemAsync(403, "support.self");
        using var weak = await bare.SendAsync(HttpMethod.Post, $"/api/support-access/{asked["id"]}/approval", new { });
        await weak.ShouldBeProblemAsync(422, "support.operator_unfit");
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));

        var opened = await second.PostAsync($"/api/support-access/{asked["id"]}/approval", new { });

        // It lies there when the answer comes: nothing later writes it.
        Assert.True(await server.QueryAsync<bool>("select exists (select from mail.outbox where kind = 'break_glass_opened')"));
        Assert.Contains(await server.LettersToAsync(Actors.AdminEmail), letter => letter.Subject == "Emergency access to your data");
        Assert.Equal("open", opened["state"]?.GetValue<string>());
        Assert.Equal(200, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[3]));
        Assert.Equal(403, await SupportStage.StatusAsync(stage.Operator, stage.ExportAddresses[0]));
        Assert.Equal(404, await SupportStage.StatusAsync(second, stage.DataAddresses[0]));
        Assert.Equal(2, await server.QueryAsync<long>(
            "select count(*) from ledger.entries where action like 'break\\_glass.%' and subject_id = @id", new { id = asked["id"]?.ToString() }));
        using var ended = await stage.Admin.SendAsync(HttpMethod.Delete, $"/api/support-access/{asked["id"]}");
        Assert.Equal(204, (int)ended.StatusCode);
        Assert.Equal(404, await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[0]));
    }

    [Fact]
    public async Task The_report_of_the_month_names_both_operators_and_what_was_seen()
    {
        var stage = await SupportStage.BuildAsync(server);
        var (second, _) = await stage.OperatorAsync();
        var asked = await stage.Operator.PostAsync("/api/break-glass", BreakGlass(stage, 60));
        await second.PostAsync($"/api/support-access/{asked["id"]}/approval", new { });
        await SupportStage.StatusAsync(stage.Operator, stage.DataAddresses[3]);
        var month = server.Clock.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);

        var report = (JsonArray)(await stage.Admin.GetAsync($"/api/break-glass?month={month}"))["items"]!; // a list has items

        var line = Assert.Single(report, one => one?["id"]?.GetValue<long>() == asked["id"]?.GetValue<long>());
        Assert.Equal(stage.Operator.AccountId, line?["operator"]?["id"]?.GetValue<long>());
        Assert.Equal(second.AccountId, line?["decidedBy"]?["id"]?.GetValue<long>());
        Assert.Equal(SupportStage.Reason, line?["reason"]?.GetValue<string>());
        Assert.Equal(1, line?["use"]?["records"]?.GetValue<int>());
        Assert.Empty((JsonArray)(await stage.Admin.GetAsync("/api/break-glass?month=2020-01"))["items"]!); // as above
        foreach (var unreadable in new[] { "", "2026", "2026-13", "2026-11-01", "'; drop" })
        {
            using var unread = await stage.Admin.SendAsync(HttpMethod.Get, $"/api/break-glass?month={Uri.EscapeDataString(unreadable)}");
            await unread.ShouldBeProblemAsync(400, "support.month");
        }

        using var stranger = await second.SendAsync(HttpMethod.Get, $"/api/break-glass?month={month}");
        await stranger.ShouldBeProblemAsync(403, "access.denied");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(61)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public async Task An_emergency_lasts_an_hour_at_most(int minutes)
    {
        var stage = await SupportStage.BuildAsync(server);
        using var refused = await stage.Operator.SendAsync(HttpMethod.Post, "/api/break-glass", BreakGlass(stage, minutes));
        await refused.ShouldBeProblemAsync(422, "support.length");
    }

    private static object BreakGlass(SupportStage stage, int minutes) =>
        new { place = new { kind = "project", id = stage.Project }, minutes, reason = SupportStage.Reason };

    private static async Task<long> AskAsync(SupportStage stage, int hours)
    {
        var asked = await stage.Operator.PostAsync(
            "/api/support-access/requests",
            new { place = new { kind = "project", id = stage.Project }, hours, ticket = "T-12", reason = SupportStage.Reason });
        return asked["id"]!.GetValue<long>(); // a case has an id
    }
}
