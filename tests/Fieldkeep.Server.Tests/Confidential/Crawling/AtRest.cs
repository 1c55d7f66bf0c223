using System.Text;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Confidential.Crawling;

/// <summary>Looks for texts where nobody asks: in every row of every table, in every file of the server, in its log and in its letters.</summary>
internal sealed class AtRest(TestServer server)
{
    private const string Tables = """
        select format('%I.%I', table_schema, table_name) from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Gives what stands in the database, as "table: text". Bytes are looked through as they are.</summary>
    public async Task<IReadOnlyList<string>> InDatabaseAsync(IReadOnlyList<string> texts)
    {
        var db = server.Services.GetRequiredService<Db>();
        var found = new List<string>();
        foreach (var table in await db.ListAsync<string>(Tables, null, Token))
        {
            var parts = texts.Select(text => Canaries.PartsOf(text)).ToList();
            var all = parts.SelectMany(one => one).SelectMany(part => (string[])[part, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(part))]).ToArray();
            var rows = await db.ListAsync<string>(
                $"select r::text from {table} r where r::text like any (@patterns)", new { patterns = all.Select(one => $"%{one}%").ToArray() }, Token);
            found.AddRange(
                from text in texts
                where rows.Any(row => Canaries.PartsOf(text).All(part => IsIn(row, part)))
                select $"{table}: {text}");
        }

        return found;
    }

    /// <summary>Gives what stands in the files below the server's data: blobs, exports that wait, keys, letters.</summary>
    public async Task<IReadOnlyList<string>> InFilesAsync(IReadOnlyList<string> texts)
    {
        var found = new List<string>();
        foreach (var file in Directory.EnumerateFiles(server.DataFolder, "*", SearchOption.AllDirectories))
        {
            // Locks are empty, and nobody else may open them.
            var bytes = new FileInfo(file) is { Exists: true, Length: > 0 } ? await File.ReadAllBytesAsync(file, Token) : [];
            found.AddRange(Canaries.FindIn(bytes, texts).Select(text => $"{Path.GetRelativePath(server.DataFolder, file)}: {text}"));
            found.AddRange(texts.Where(text => file.Contains(text, StringComparison.Ordinal)));
        }

        return found;
    }

    /// <summary>Gives what the server logged.</summary>
    public IReadOnlyList<string> InLog(IReadOnlyList<string> texts) => Canaries.FindIn(Encoding.UTF8.GetBytes(server.Log.Text), texts);

    /// <summary>Gives what stands in letters that were sent, as their readers see them, and in those that wait.</summary>
    public async Task<IReadOnlyList<string>> InLettersAsync(IReadOnlyList<string> texts)
    {
        await server.LettersToAsync("nobody@example.org");
        var outbox = server.Services.GetRequiredService<MailOutbox>();
        var waiting = await server.Services.GetRequiredService<Db>().ListAsync<WaitingLetter>(
            "select row_id as row, content from mail.outbox where content is not null", null, Token);
        var letters = new List<string>(waiting.Select(one => outbox.Open(one.Row, one.Content)).Select(one => $"{one.Subject}\n{one.Body}"));
        foreach (var file in Directory.Exists(server.MailFolder) ? Directory.GetFiles(server.MailFolder, "*.eml") : [])
        {
            var letter = Letters.Read(file);
            letters.Add($"{letter.Subject}\n{letter.Body}");
            letters.Add(await File.ReadAllTextAsync(file, Token));
        }

        return Canaries.FindIn(Encoding.UTF8.GetBytes(string.Join('\n', letters)), texts);
    }

    private static bool IsIn(string row, string part) =>
        row.Contains(part, StringComparison.Ordinal) || row.Contains(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(part)), StringComparison.Ordinal);

    private sealed record WaitingLetter(Guid Row, byte[] Content);
}
