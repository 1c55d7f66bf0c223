using System.Text;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Mail;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Reads the letters that a test server wrote into its mail folder.</summary>
internal static partial class Letters
{
    /// <summary>Has everything sent that waits, and gives the letters to one address, oldest first.</summary>
    public static async Task<IReadOnlyList<ReadLetter>> LettersToAsync(this TestServer server, string address)
    {
        var token = TestContext.Current.CancellationToken;
        var sender = server.Services.GetRequiredService<SendMail>();
        do
        {
            await sender.RunAsync(token); // It takes twenty at once, those that nobody needs any more among them.
        }
        while (await server.QueryAsync<bool>("select exists (select 1 from mail.outbox where state = 'waiting' and attempts = 0 and due_at <= @now)", new { now = server.Clock.GetUtcNow() }));

        // The server's own round may have claimed some a moment ago.
        while (await server.QueryAsync<bool>("select exists (select 1 from mail.outbox where state = 'waiting' and attempts = 1 and last_error is null)"))
        {
            await Task.Delay(20, token);
        }

        return Directory.Exists(server.MailFolder)
            ? [.. Directory.GetFiles(server.MailFolder, "*.eml").Order(StringComparer.Ordinal).Select(Read).Where(letter => letter.To == address)]
            : [];
    }

    /// <summary>Reads one file.</summary>
    public static ReadLetter Read(string file) => Parse(File.ReadAllText(file));

    /// <summary>Reads a letter as it goes over the wire.</summary>
    public static ReadLetter Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n");
        var end = lines.IndexOf("\n\n", StringComparison.Ordinal);
        var headers = lines[..end].Replace("\n ", " ", StringComparison.Ordinal).Split('\n')
            .Select(line => line.Split(": ", 2))
            .ToLookup(pair => pair[0], pair => Decode(pair[1]), StringComparer.OrdinalIgnoreCase);
        var body = lines[(end + 2)..];
        var isBase64 = headers["Content-Transfer-Encoding"].Single() == "base64";
        return new ReadLetter(
            headers["To"].Single(),
            headers["Subject"].Single(),
            isBase64 ? Encoding.UTF8.GetString(Convert.FromBase64String(body)) : body,
            headers);
    }

    private static string Decode(string header) =>
        EncodedWord().Replace(
            AdjoiningWords().Replace(header, "?==?"),
            word => Encoding.UTF8.GetString(
                word.Groups["how"].Value is "B" or "b"
                    ? Convert.FromBase64String(word.Groups["text"].Value)
                    : Unquote(word.Groups["text"].Value)));

    private static byte[] Unquote(string text) => Encoding.Latin1.GetBytes(
        QuotedByte().Replace(text.Replace('_', ' '), found => ((char)Convert.ToByte(found.Value[1..], 16)).ToString()));

    [GeneratedRegex(@"=\?utf-8\?(?<how>[BQ])\?(?<text>[^?]*)\?=", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EncodedWord();

    [GeneratedRegex(@"\?=\s+=\?", RegexOptions.None, 1000)]
    private static partial Regex AdjoiningWords();

    [GeneratedRegex("=[0-9A-F]{2}", RegexOptions.None, 1000)]
    private static partial Regex QuotedByte();
}

/// <summary>A letter as its reader sees it.</summary>
internal sealed record ReadLetter(string To, string Subject, string Body, ILookup<string, string> Headers)
{
    /// <summary>The one link in it.</summary>
    public Uri Link => new(Body.Split('\n').Single(line => line.StartsWith("https://", StringComparison.Ordinal)));
}
