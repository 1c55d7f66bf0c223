using System.Text.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Lifecycle;

/// <summary>Verifies a running server's past, and does what is due there.</summary>
internal static class Verifying
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Seals all and verifies, as <c>fieldkeep verify</c> does.</summary>
    public static async Task<VerifyReport> VerifyAsync(this TestServer server)
    {
        await server.SealAllAsync();
        var plan = new VerifyPlan(server.ConnectionString, server.DataFolder, server.Services.GetRequiredService<Keyring>());
        return await VerifyInstallation.RunAsync(plan, new Progress<string>(), Token);
    }

    /// <summary>Requires that nothing of the past was changed.</summary>
    public static async Task ShouldHoldAsync(this TestServer server)
    {
        var report = await server.VerifyAsync();
        Assert.True(report.Findings.Count == 0, JsonSerializer.Serialize(report.Findings));
    }

    /// <summary>Gives a number of an answer.</summary>
    public static long Number(this JsonNode? node, params string[] path) => path.Aggregate(node, (at, name) => at?[name])?.GetValue<long>() ?? -1;

    /// <summary>Lets days pass in steps that a running server has, doing what is due.</summary>
    public static async Task PassDaysAsync(this TestServer server, int days)
    {
        var work = server.Services.GetRequiredService<DoDueWork>();
        for (var gone = 0; gone < days; gone++)
        {
            await server.PassAsync(TimeSpan.FromDays(1));
            await work.RunAsync(Token);
        }
    }
}
