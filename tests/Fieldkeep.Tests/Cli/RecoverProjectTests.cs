using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Tests.Support;
using Xunit;

namespace Fieldkeep.Tests.Cli;

/// <summary>One project as of a moment, beside the living one; what was erased since stays erased.</summary>
public sealed class RecoverProjectTests : IDisposable
{
    private const string Secret = "Zubaydah-of-tent-4711";

    private static readonly byte[] Photo = [0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4, 0xff, 0xd9];

    private readonly ScratchFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Data => _folder.File("data");

    private string Target => _folder.File("backup");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_project_in_the_trash_comes_back_beside_it_whole_and_what_was_erased_does_not()
    {
        var (server, address) = await FieldkeepProcess.ServeAsync(Data);
        using (server)
        {
            using var script = new ScriptClient(Data, address);
            await script.SetUpAsync();
            await script.SignInAsync();
            var project = await FillAsync(script);
            var gone = (await script.PublishAsync(Form("gone", "1", ""))).Project;
            var taken = await FieldkeepProcess.RunAsync("backup", "--data", Data, "--to", Target);
            Assert.True(taken.ExitCode == 0, taken.Errors);

            await MarkAsync(script, project, "/data/name");
            await script.ConfirmAsync();
            await script.PostAsync(
                $"/api/projects/{project}/forms/visits/erasure", JsonContent.Create(new { instanceIds = (string[])["uuid:erased"], confirm = 1, reason = "They asked for it" }));
            await script.SendAsync(HttpMethod.Delete, $"/v1/projects/{project}");
            await script.PostAsync($"/api/projects/{gone}/erasure", JsonContent.Create(new { name = "Survey", reason = "It is over" }));

            // Beside the running server.
            var report = await RecoverAsync(project);
            Assert.Equal(
                (1, 3, 2, 3, 1, 1, 2, 1),
                ((int?)report["forms"], Here(report, "formVersions"), Here(report, "submissions"), Here(report, "submissionVersions"), Here(report, "files"), (int?)report["comments"], (int?)report["compared"], (int?)report["erased"]));
            Assert.Equal([], report["missing"]?.AsArray() ?? []);
            Assert.Contains(report["left"]?.AsArray() ?? [], left => left?.GetValue<string>() == "1 phones: Phone");
            var copy = (long?)report["project"] ?? 0;
            Assert.Matches(@"^Survey \(as of \d{4}-\d\d-\d\d \d\d:\d\d UTC\)$", (string?)report["name"]);
            await LooksAsItWasAsync(script, copy);

            var refused = await FieldkeepProcess.RunAsync("recover-project", "--data", Data, "--from", Target, "--project", gone.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(16, refused.ExitCode);
            Assert.Contains("was erased for good", refused.Errors, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(Data, ".recovery")));
            await server.TerminateAsync();
        }
    }

    // Two versions and a draft; a photo, an edit, a review, a remark, a confidential answer, and somebody who will be erased.
    private static async Task<long> FillAsync(ScriptClient script)
    {
        var (project, door) = await script.PublishAsync(Form("visits", "1", "<photo/>"));
        await MarkAsync(script, project, "/data/secret");
        await script.SubmitAsync(door, Instance("1", "uuid:first", "<photo>door.jpg</photo>"), ("door.jpg", Photo));
        await script.SubmitAsync(door, Instance("1", "uuid:erased", ""));
        await script.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/visits/draft?ignoreWarnings=true", XmlOf(Form("visits", "2", "<photo/><more/>")));
        await script.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/visits/draft/publish");
        await script.SubmitAsync(door, Instance("2", "uuid:second", "<more>x</more>"));
        await script.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/visits/draft?ignoreWarnings=true", XmlOf(Form("visits", "3", "<photo/><more/>")));
        await script.SubmitAsync(door, Instance("1", "uuid:first-edited", "<photo>door.jpg</photo>", "uuid:first", "Ana, mended"));
        await script.SendAsync(HttpMethod.Patch, $"/v1/projects/{project}/forms/visits/submissions/uuid:first", JsonContent.Create(new { reviewState = "approved" }));
        await script.SendAsync(HttpMethod.Post, $"/v1/projects/{project}/forms/visits/submissions/uuid:first/comments", JsonContent.Create(new { body = "Seen in person." }));
        return project;
    }

    private static Task<string> MarkAsync(ScriptClient script, long project, string path) =>
        script.SendAsync(HttpMethod.Put, $"/api/projects/{project}/forms/visits/confidential/flags", JsonContent.Create(new { path, kind = "marked" }));

    private static async Task LooksAsItWasAsync(ScriptClient script, long copy)
    {
        var submissions = $"/v1/projects/{copy}/forms/visits/submissions";
        var listed = JsonNode.Parse(await script.GetAsync(submissions))?.AsArray() ?? [];
        Assert.Equal(["uuid:second", "uuid:first"], listed.Select(one => (string?)one?["instanceId"]));
        Assert.Equal("approved", (string?)listed[1]?["reviewState"]);
        var now = await script.GetAsync($"{submissions}/uuid:first.xml");
        var before = await script.GetAsync($"{submissions}/uuid:first/versions/uuid:first.xml");
        Assert.Contains("door.jpg", now, StringComparison.Ordinal);
        Assert.Contains("door.jpg", before, StringComparison.Ordinal);

        // Open when the backup was taken, confidential since.
        Assert.DoesNotContain("Ana", now, StringComparison.Ordinal);
        Assert.DoesNotContain("Ana", before, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, before, StringComparison.Ordinal);
        Assert.Equal(Photo, await script.GetBytesAsync($"{submissions}/uuid:first/attachments/door.jpg"));
        Assert.Contains("Seen in person.", await script.GetAsync($"{submissions}/uuid:first/comments"), StringComparison.Ordinal);
        var versions = JsonNode.Parse(await script.GetAsync($"/v1/projects/{copy}/forms/visits/versions"))?.AsArray() ?? [];
        Assert.Equal(["2", "1"], versions.Select(one => (string?)one?["version"]));
        Assert.Equal("3", (string?)JsonNode.Parse(await script.GetAsync($"/v1/projects/{copy}/forms/visits/draft"))?["version"]);
        Assert.Contains("/data/secret", await script.GetAsync($"/api/projects/{copy}/forms/visits/confidential"), StringComparison.Ordinal);
    }

    private async Task<JsonNode> RecoverAsync(long project)
    {
        var (code, output, errors) = await FieldkeepProcess.RunAsync(
            "recover-project", "--data", Data, "--from", Target, "--project", project.ToString(CultureInfo.InvariantCulture), "--json");
        Assert.True(code == 0, errors);
        return JsonNode.Parse(output) ?? throw new InvalidOperationException("No report.");
    }

    private static int? Here(JsonNode report, string what) => (int?)report[what]?["here"];

    private static StringContent XmlOf(string xml) => new(xml, Encoding.UTF8, "application/xml");

    private static string Form(string id, string version, string more) => $"""
        <h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
          <h:head><h:title>Visits</h:title><model><instance><data id="{id}" version="{version}"><name/><secret/>{more}<meta><instanceID/></meta></data></instance>
            <bind nodeset="/data/name" type="string"/><bind nodeset="/data/secret" type="string"/><bind nodeset="/data/photo" type="binary"/></model></h:head>
          <h:body><input ref="/data/name"><label>Name</label></input><input ref="/data/secret"><label>Secret</label></input>
            {(more.Length == 0 ? "" : """<upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload>""")}</h:body></h:html>
        """.Replace(more.Length == 0 ? """<bind nodeset="/data/photo" type="binary"/>""" : "\0", "", StringComparison.Ordinal);

    private static string Instance(string version, string id, string more, string? deprecated = null, string name = "Ana") =>
        $"""<data id="visits" version="{version}"><name>{name}</name><secret>{Secret}</secret>{more}<meta><instanceID>{id}</instanceID>{(deprecated is null ? "" : $"<deprecatedID>{deprecated}</deprecatedID>")}</meta></data>""";
}
