using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.XForms.Tests.Tables;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>Every format of every real-world form, over HTTP, opened again by readers that share nothing with the writers.</summary>
public sealed partial class ExportsOfRealFormsTests(TestServer server) : IClassFixture<TestServer>
{
    // The server makes four downloads at once; more would wait in line.
    private const int AtOnce = 4;

    private const string Varied = "&groupPaths=false&splitSelects=true&deletedFields=false";

    private readonly ConcurrentBag<string> _faults = [];
    private readonly ConcurrentBag<(string Form, byte[] File, SavReader Read)> _sav = [];
    private int _forms;
    private int _answers;
    private int _shapes;
    private int _files;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_to_every_real_form_comes_out_of_every_format()
    {
        var folder = ReferenceForms.Find();
        Assert.SkipWhen(folder is null, ReferenceForms.Absent);
        var admin = await server.OrganisationAdminAsync();
        var project = await admin.ProjectAsync();
        var phone = await server.PhoneAsync(admin, project);

        await Parallel.ForEachAsync(
            ReferenceForms.In(folder),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Token },
            async (form, _) =>
            {
                try
                {
                    await RequireAsync(form, admin, project, phone);
                    Interlocked.Increment(ref _forms);
                }
                catch (Exception problem) when (problem is not OperationCanceledException)
                {
                    _faults.Add($"{form.File}: {problem.GetType().Name} {problem.Message} {problem.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("RealForms", StringComparison.Ordinal))}");
                }
            });

        Assert.True(_faults.IsEmpty, $"{_faults.Count} forms:\n{string.Join('\n', _faults.Order(StringComparer.Ordinal).Take(12))}");
        await RequirePsppAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{_forms} forms, {_answers} answers in tables, {_shapes} shapes, {_files} files, {_sav.Count} SPSS files");
        Assert.Equal(ReferenceForms.Floor, _forms);
        Assert.True(_answers > 80_000 && _shapes > 300 && _files > 180, $"Only {_answers} answers, {_shapes} shapes and {_files} files were compared.");
    }

    private async Task RequireAsync(ReferenceForm reference, Browser admin, long project, CollectClient phone)
    {
        // Four forms ask for encrypted answers; what becomes of those is told by tests of their own. Here they ask in the clear.
        var xml = KeyOfForm().Replace(reference.Xml, "");
        var form = new AskedForm(xml);
        using (var published = await admin.PostFormAsync(project, Encoding.UTF8.GetBytes(xml), "?publish=true"))
        {
            Assert.True(published.IsSuccessStatusCode, await published.Content.ReadAsStringAsync(Token));
        }

        var instances = new List<GivenInstance>();
        foreach (var (answered, at) in ((int, int)[])[(97, 1), (50, 2), (0, 3)])
        {
            var instance = GivenInstance.Of(form, answered, (reference.Number * 3) + at);
            using var sent = await phone.SubmitAsync(instance.Xml, [.. instance.Files.Select(file => (file.Name, file.Content))]);
            Assert.True(sent.StatusCode == HttpStatusCode.Created, await sent.Content.ReadAsStringAsync(Token));
            instances.Add(instance);
        }

        var path = $"/api/projects/{project}/forms/{Uri.EscapeDataString(form.Id)}/export?format=";
        await RequireFilesAsync(admin, path, instances);
        foreach (var isVaried in (bool[])[false, true])
        {
            await RequireFormatsAsync(reference, form, instances, (format, wanted) => BytesAsync(admin, path + format + (isVaried ? Varied : ""), wanted), isVaried);
        }
    }

    private async Task RequireFormatsAsync(
        ReferenceForm reference, AskedForm form, List<GivenInstance> instances, Func<string, int, Task<byte[]>> getAsync, bool isVaried)
    {
        var tables = new ReopenedTables(form, instances, groupPaths: !isVaried, splitSelects: isVaried);
        var csv = (await Zips.UnzipAsync(await getAsync("csv.zip", 200))).Where(entry => !entry.Key.StartsWith("media/", StringComparison.Ordinal)).ToList();
        tables.RequireCsv([.. csv.Select(entry => CsvOf(entry.Value))]);
        Assert.Equal(csv[0].Value, await getAsync("csv", 200));

        var sheets = XlsxCellReader.Read(await getAsync("xlsx", 200));
        tables.RequireXlsx([.. sheets.Values.Select(rows => new ReopenedTable(rows[0], [.. rows.Skip(1)]))]);

        var sav = (await Zips.UnzipAsync(await getAsync("sav.zip", 200))).Values.Select(file => (File: file, Read: SavReader.Read(file))).ToList();
        tables.RequireSav([.. sav.Select(one => one.Read)]);
        sav.ForEach(one => _sav.Add((reference.File, one.File, one.Read)));

        new ReopenedJson(form, instances, splitSelects: isVaried).Require(await getAsync("json", 200), await getAsync("ndjson", 200));

        var maps = new ReopenedMaps(form, instances, groupPaths: !isVaried, splitSelects: isVaried);
        var geoJson = await getAsync("geojson", maps.HasPlaces ? 200 : 422);
        var kml = await getAsync("kml", maps.HasPlaces ? 200 : 422);
        if (maps.HasPlaces)
        {
            maps.Require(geoJson, kml);
        }

        Interlocked.Add(ref _answers, tables.Answers);
        Interlocked.Add(ref _shapes, maps.Shapes);
    }

    private async Task RequireFilesAsync(Browser admin, string path, List<GivenInstance> instances)
    {
        var plain = await Zips.UnzipAsync(await BytesAsync(admin, path + "media.zip", 200));
        var named = await Zips.UnzipAsync(await BytesAsync(admin, path + "media.zip&mediaNames={instanceId}/{question}.{ext}", 200));
        var files = instances.SelectMany(instance => instance.Files.Select(file => (instance.Id, file.Name, file.Content, file.Question))).ToList();
        Assert.Equal(files.Select(file => $"media/{file.Name}").Order(StringComparer.Ordinal), plain.Keys.Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(file.Content, plain[$"media/{file.Name}"]));

        // A question in a repeat may have several files: those after the first are numbered, and listed.
        Assert.Equal(files.Count, named.Keys.Count(key => key != "media/SAME-NAMES.csv"));
        Assert.All(files, file => Assert.Contains(
            named, entry => entry.Value.AsSpan().SequenceEqual(file.Content)
                && entry.Key.StartsWith($"media/{file.Id.Replace(':', '_')}/{file.Question.Split('/')[^1]}", StringComparison.Ordinal)));
        Interlocked.Add(ref _files, files.Count);
    }

    private async Task RequirePsppAsync()
    {
        if (!Pspp.IsHere)
        {
            TestContext.Current.SendDiagnosticMessage("PSPP is not on this machine: SPSS files were read by the test's own reader only.");
            return;
        }

        var files = _sav.ToList();
        var read = await Pspp.ReadAsync([.. files.Select(one => one.File)]);
        for (var at = 0; at < files.Count; at++)
        {
            PsppRows.RequireSame(files[at].Form, files[at].Read, read[at]);
        }
    }

    [GeneratedRegex(" base64RsaPublicKey=\"[^\"]*\"", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 5000)]
    private static partial Regex KeyOfForm();

    private static ReopenedTable CsvOf(byte[] file)
    {
        var lines = file.ReadCsvLines();
        return new ReopenedTable(lines[0], [.. lines.Skip(1)]);
    }

    private static async Task<byte[]> BytesAsync(Browser admin, string path, int status)
    {
        using var response = await admin.SendAsync(HttpMethod.Get, path);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode} {path}");
        return await response.Content.ReadAsByteArrayAsync(Token);
    }
}
