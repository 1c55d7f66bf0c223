using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Exports;

/// <summary>What exports do to a server's process, and what its sudden end does to them.</summary>
public sealed class ExportsOfOneProcessTests : IDisposable
{
    // Enough that answers are gathered for filters.
    private const int Submissions = 700;

    private const string Form = """
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
          <h:head><h:title>Survey</h:title><model><instance><data id="survey" version="1"><number/><text/><meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/number" type="int"/><bind nodeset="/data/text" type="string"/></model></h:head>
          <h:body/></h:html>
        """;

    private readonly ScratchFolder _data = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Killed_while_it_exports_and_gathers_the_server_starts_clean_and_has_every_row_once()
    {
        long project;
        var (first, address) = await FieldkeepProcess.ServeAsync(_data.Path);
        using (first)
        {
            using var script = new ScriptClient(_data.Path, address);
            await script.SetUpAsync();
            await script.SignInAsync();
            (project, var door) = await script.PublishAsync(Form);
            await script.SubmitAsync(door, Enumerable.Range(0, Submissions).Select(at => Instance(at, Noise(at, 2_000))));
            await StartExportAsync(script, project);
            await first.KillAsync();
        }

        // From its first moment on it gathers: killed at once, soon, and later.
        foreach (var milliseconds in (int[])[0, 100, 500])
        {
            Assert.NotEmpty(Directory.GetFiles(_data.File("spool")));
            var (server, again) = await FieldkeepProcess.ServeAsync(_data.Path);
            using (server)
            {
                Assert.Empty(Directory.GetFiles(_data.File("spool")));
                using var script = new ScriptClient(_data.Path, again);
                await Task.Delay(milliseconds, Token);
                await script.SignInAsync();
                await StartExportAsync(script, project);
                await server.KillAsync();
            }
        }

        var (last, at) = await FieldkeepProcess.ServeAsync(_data.Path);
        using (last)
        {
            using var script = new ScriptClient(_data.Path, at);
            await script.SignInAsync();
            var rows = (await script.GetAsync($"/api/projects/{project}/forms/survey/export?format=ndjson")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var some = (await script.GetAsync($"/api/projects/{project}/forms/survey/export?format=ndjson&filter=number%20lt%20300")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Enumerable.Range(0, Submissions), rows.Select(NumberOf).Order());
            Assert.Equal(Enumerable.Range(0, 300), some.Select(NumberOf).Order());
            await last.TerminateAsync();
        }

        Assert.Empty(Directory.GetFiles(_data.File("spool")));
    }

    [Fact]
    public async Task Clients_that_take_nothing_of_their_downloads_do_not_fill_its_memory()
    {
        const int sleepers = 4;
        var (server, address) = await FieldkeepProcess.ServeAsync(_data.Path);
        using (server)
        {
            using var script = new ScriptClient(_data.Path, address);
            await script.SetUpAsync();
            await script.SignInAsync();
            var (project, door) = await script.PublishAsync(Form);
            await script.SubmitAsync(door, Enumerable.Range(0, 60).Select(at => Instance(at, Noise(at, 100_000))));
            var path = $"/api/projects/{project}/forms/survey/export?format=csv";
            var length = (await script.GetAsync(path)).Length;
            var before = server.ResidentBytes;

            var responses = await Task.WhenAll(Enumerable.Range(0, sleepers).Select(_ => script.BeginAsync(path)));
            var most = 0L;
            for (var look = 0; look < 40; look++)
            {
                await Task.Delay(100, Token);
                most = Math.Max(most, server.ResidentBytes);
            }

            // Four files of 48 MB would be 190 MB.
            Assert.True(length > 40_000_000, $"The file has {length} bytes only.");
            Assert.True(most - before < 100_000_000, $"{sleepers} clients that take nothing cost {(most - before) / 1_000_000} MB.");
            foreach (var response in responses)
            {
                response.Dispose();
            }

            await server.TerminateAsync();
        }
    }

    // Gives back when some of it lies on the disk.
    private async Task StartExportAsync(ScriptClient script, long project)
    {
        await script.PostAsync($"/api/projects/{project}/forms/survey/exports", JsonContent.Create(new { format = "sav.zip" }));
        while (Directory.GetFiles(_data.File("spool")).Length == 0)
        {
            await Task.Delay(2, Token);
        }
    }

    private static int NumberOf(string line) => JsonNode.Parse(line)?["values"]?["number"]?.GetValue<int>() ?? -1;

    // Does not compress, so that it goes to the disk and fills every buffer on its way.
    private static string Noise(int seed, int words) =>
        string.Concat(Enumerable.Range(0, words).Select(at => $"{unchecked((uint)((seed * words) + at) * 2654435761u):x8}"));

    private static string Instance(int number, string text) =>
        $"<data id=\"survey\" version=\"1\"><number>{number}</number><text>{text}</text><meta><instanceID>uuid:{Guid.CreateVersion7()}</instanceID></meta></data>";
}
