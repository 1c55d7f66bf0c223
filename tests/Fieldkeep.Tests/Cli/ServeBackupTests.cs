using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

public sealed class ServeBackupTests : IDisposable
{
    // 4 GiB that stay free, 1 GiB for its own log, and what is restored.
    private const long LeastFreeBytes = 6L << 30;

    private readonly ScratchFolder _data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task From_the_first_start_on_every_change_is_kept_once_more_and_what_was_done_last_is_restored()
    {
        Assert.SkipWhen(
            new DriveInfo(Path.GetTempPath()).AvailableFreeSpace < LeastFreeBytes, "not run: a restore is tried out only where 4 GiB stay free beside it");
        // Nobody named a directory.
        var (server, address) = await FieldkeepProcess.ServeWithAsync("FIELDKEEP_BACKUP", "", _data.File("data"));
        using (server)
        {
            using var script = new ScriptClient(_data.File("data"), address);
            await script.SetUpAsync();
            await script.SignInAsync();
            var target = await UntilAsync(script, one => one["newestBase"] is not null && one["troubles"] is JsonArray { Count: 0 });
            Assert.Equal(_data.File("data/backups"), (string?)target["directory"]);
            Assert.Equal((true, false), ((bool?)target["isOnDataDisk"], (bool?)target["commitsWait"]));
            Assert.Contains("only_copy_on_same_disk", await script.GetAsync("/api/backups"), StringComparison.Ordinal);

            // One at a time, in the background; the entry stands before it begins.
            using (var begun = await script.TryAsync("/api/backups/rehearsals", JsonContent.Create(new { })))
            {
                Assert.Equal((HttpStatusCode.Accepted, "/api/backups"), (begun.StatusCode, begun.Headers.Location?.OriginalString));
            }

            target = await UntilAsync(script, one => one["rehearsals"] is JsonArray { Count: 1 });
            Assert.Null((string?)target["rehearsal"]?["problem"]);
            Assert.Equal((0L, 7), ((long?)target["rehearsal"]?["missingFiles"], (int?)target["rehearsalDays"]));
            Assert.Contains("backup.rehearse", await script.GetAsync("/v1/audits?action=backup.rehearse"), StringComparison.Ordinal);

            await script.PostAsync("/v1/projects", JsonContent.Create(new { name = "Done last" }));
            var now = DateTimeOffset.UtcNow;
            await UntilAsync(script, one => (DateTimeOffset?)one["until"] > now);
            await server.KillAsync();
        }

        // Its PostgreSQL lives on after the server was killed; now it dies as well.
        using (var postgres = Process.GetProcessById(int.Parse(
            (await File.ReadAllLinesAsync(_data.File("data/postgres/postmaster.pid"), Token))[0], CultureInfo.InvariantCulture)))
        {
            postgres.Kill();
            await postgres.WaitForExitAsync(Token);
        }

        var (exitCode, _, errors) = await FieldkeepProcess.RunAsync("restore", "--from", _data.File("data"), "--to", "latest", "--data", _data.File("restored"));
        Assert.True(exitCode == 0, errors);
        var (again, newAddress) = await FieldkeepProcess.ServeAsync(_data.File("restored"));
        using (again)
        {
            using var script = new ScriptClient(_data.File("restored"), newAddress);
            await script.SignInAsync();
            Assert.Contains("Done last", await script.GetAsync("/v1/projects"), StringComparison.Ordinal);
            Assert.Contains("\"off\"", await script.GetAsync("/api/backups"), StringComparison.Ordinal);
            await again.TerminateAsync();
        }
    }

    private static async Task<JsonNode> UntilAsync(ScriptClient script, Func<JsonNode, bool> isSo)
    {
        for (var look = 0; ; look++)
        {
            var target = JsonNode.Parse(await script.GetAsync("/api/backups"))?["targets"]?[0];
            if (target is not null && isSo(target))
            {
                return target;
            }

            Assert.True(look < 900, $"It did not happen: {target}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), Token);
        }
    }
}
