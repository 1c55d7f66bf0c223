using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Benchmarks;

/// <summary>
/// Stores submissions into a running server's database in large groups, each sealed as the server seals it. For
/// measuring what reads: nobody's ledger has them.
/// </summary>
internal static class FillSubmissions
{
    private const int RowsAtOnce = 1_000;

    private const string FindForm = """
        select f.id as form, f.current_version_id as version, p.key_id as key
        from forms.forms f join organisations.projects p on p.id = f.project_id where f.project_id = @project limit 1
        """;

    private const string Insert = """
        insert into submissions.submissions
            (id, form_id, project_id, instance_id, is_draft, submitter_id, attachments_expected, attachments_present, created_at)
        select id, @form, @project, instance, false, 1, 0, 0, now()
        from unnest(@ids::uuid[], @instances::text[]) as input (id, instance)
        """;

    private const string InsertVersions = """
        insert into submissions.versions
            (submission_id, version, form_id, form_version_id, instance_id, content_mac, xml, size, submitter_id, created_at)
        select id, 1, @form, @version, instance, mac, xml, size, 1, now()
        from unnest(@ids::uuid[], @instances::text[], @macs::bytea[], @xmls::bytea[], @sizes::integer[])
            as input (id, instance, mac, xml, size)
        """;

    private const string Gathered = """
        select (select count(*) from answers.segments where project_id = @project)::bigint as segments,
               (select coalesce(sum(rows), 0) from answers.segments where project_id = @project)::bigint as rows,
               (select coalesce(sum(octet_length(c.body)), 0) from answers.columns c join answers.segments s on s.id = c.segment_id
                where s.project_id = @project)::bigint as column_bytes,
               (select count(*) from submissions.submissions where project_id = @project)::bigint as stored
        """;

    private const string InstanceBytes = "select coalesce(sum(octet_length(xml)), 0)::bigint from submissions.versions";

    /// <summary>Reads <c>instance id, tab, XML</c> lines from the standard input and stores each.</summary>
    public static async Task RunAsync(string data, long project)
    {
        var clock = TimeProvider.System;
        using var keyring = Keyring.Open(KeyringFiles.Below(data), clock);
        await using var db = Open(data);
        var found = await db.GetAsync<FormRow>(FindForm, new { project }, CancellationToken.None);

        // A folder of its own: the server's is cleared of half-written files by whoever opens it.
        var blobs = Directory.CreateTempSubdirectory("fieldkeep-fill-");
        var contents = new SealedContents(new Sealer(keyring), new BlobStore(blobs.FullName, clock));
        var place = new ProjectRef(new ProjectId(project), found.Key);
        var groups = Channel.CreateBounded<List<string>>(4);
        var began = Stopwatch.GetTimestamp();
        var rows = 0;
        var writers = Enumerable.Range(0, Environment.ProcessorCount).Select(async _ =>
        {
            await foreach (var group in groups.Reader.ReadAllAsync())
            {
                await StoreAsync(db, contents, place, found, group, clock);
                Interlocked.Add(ref rows, group.Count);
            }
        }).ToList();
        var lines = new List<string>(RowsAtOnce);
        using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
        while (await input.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (lines.Count == RowsAtOnce)
            {
                await groups.Writer.WriteAsync(lines);
                lines = new List<string>(RowsAtOnce);
            }
        }

        await groups.Writer.WriteAsync(lines);
        groups.Writer.Complete();
        await Task.WhenAll(writers);
        blobs.Delete(recursive: true);
        await db.ExecuteAsync("analyze submissions.submissions, submissions.versions", null, CancellationToken.None);
        Console.WriteLine($"{{\"rows\":{rows},\"seconds\":{Stopwatch.GetElapsedTime(began).TotalSeconds:0.0}}}");
    }

    /// <summary>Waits until all but a tail of a project's submissions are in segments, and joined as far as they will be.</summary>
    public static async Task WaitAsync(string data, long project)
    {
        await using var db = Open(data);
        var began = Stopwatch.GetTimestamp();
        var calm = 0;
        var last = new GatheredRow(0, 0, 0, 0);
        while (calm < 4)
        {
            await Task.Delay(TimeSpan.FromSeconds(2));
            var now = await db.GetAsync<GatheredRow>(Gathered, new { project }, CancellationToken.None);
            calm = now == last && now.Stored - now.Rows < 512 ? calm + 1 : 0;
            last = now;
        }

        var bytes = await db.GetAsync<long>(InstanceBytes, null, CancellationToken.None);
        Console.WriteLine(
            $"{{\"segments\":{last.Segments},\"rows\":{last.Rows},\"columnBytes\":{last.ColumnBytes},\"instanceBytes\":{bytes},"
            + $"\"seconds\":{Stopwatch.GetElapsedTime(began).TotalSeconds - 8:0.0}}}");
    }

    private static Db Open(string data) => Db.Open(
        (PrivateCluster.FindRunning(data) ?? throw new InvalidOperationException($"No PostgreSQL runs for {data}.")).ConnectionString);

    private static async Task StoreAsync(
        Db db, SealedContents contents, ProjectRef project, FormRow form, List<string> lines, TimeProvider clock)
    {
        var ids = new Guid[lines.Count];
        var instances = new string[lines.Count];
        var macs = new byte[lines.Count][];
        var xmls = new byte[lines.Count][];
        var sizes = new int[lines.Count];
        for (var at = 0; at < lines.Count; at++)
        {
            var tab = lines[at].IndexOf('\t', StringComparison.Ordinal);
            var xml = Encoding.UTF8.GetBytes(lines[at][(tab + 1)..]);
            ids[at] = Guid.CreateVersion7(clock.GetUtcNow());
            instances[at] = lines[at][..tab];
            macs[at] = contents.ContentMac(project, SHA256.HashData(xml));
            xmls[at] = contents.SealXml(project, new SubmissionId(ids[at]), 1, xml);
            sizes[at] = xml.Length;
        }

        await using var tx = await db.BeginAsync(CancellationToken.None);
        await tx.ExecuteAsync(Insert, new { form = form.Form, project = project.Id.Value, ids, instances }, CancellationToken.None);
        await tx.ExecuteAsync(
            InsertVersions, new { form = form.Form, version = form.Version, ids, instances, macs, xmls, sizes }, CancellationToken.None);
        await tx.CommitAsync(CancellationToken.None);
    }

    private sealed record FormRow(long Form, long Version, Guid Key);

    private sealed record GatheredRow(long Segments, long Rows, long ColumnBytes, long Stored);
}
