using System.Diagnostics;
using Xunit;

namespace Fieldkeep.Vault.Tests;

/// <summary>Has a second implementation, in JavaScript, look at vectors.</summary>
internal static class NodeCheck
{
    /// <summary>Runs a script to its end, which must be a good one, and gives what it said.</summary>
    public static async Task<string> RunAsync(string script)
    {
        var start = new ProcessStartInfo("node", [script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        var token = TestContext.Current.CancellationToken;
        var complaints = node.StandardError.ReadToEndAsync(token);
        var said = await node.StandardOutput.ReadToEndAsync(token);
        var complained = await complaints;
        await node.WaitForExitAsync(token);
        Assert.True(node.ExitCode == 0, said + complained);
        return said;
    }
}
