using System.IO.Compression;
using System.Text;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Rights.Held;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Writes all that this server holds about a person as a zip for themselves: a file of JSON for each kind, and what each means.</summary>
internal static class OwnRecordsFile
{
    /// <summary>Writes it; memory is flat, whatever there is.</summary>
    public static Task WriteAsync(Actor actor, HeldRecords held, Stream output, CancellationToken cancellationToken) => ForwardZip.WriteAsync(
        output,
        async zip =>
        {
            await WriteReadmeAsync(zip, held, cancellationToken);
            foreach (var kind in held.Kinds)
            {
                await WriteKindAsync(zip, actor, held, kind, cancellationToken);
            }
        },
        cancellationToken);

    private static async Task WriteKindAsync(ZipArchive zip, Actor actor, HeldRecords held, string kind, CancellationToken cancellationToken)
    {
        await using var entry = await ForwardZip.BeginAsync(zip, $"{kind}.json", cancellationToken);
        await using var text = new StreamWriter(entry, new UTF8Encoding(false));
        var before = "[\n";
        await foreach (var row in held.ReadAsync(actor, kind, cancellationToken))
        {
            await text.WriteAsync($"{before}{row}".AsMemory(), cancellationToken);
            before = ",\n";
        }

        await text.WriteAsync((before == "[\n" ? "[]\n" : "\n]\n").AsMemory(), cancellationToken);
    }

    private static async Task WriteReadmeAsync(ZipArchive zip, HeldRecords held, CancellationToken cancellationToken)
    {
        await using var entry = await ForwardZip.BeginAsync(zip, "README.txt", cancellationToken);
        await using var text = new StreamWriter(entry, new UTF8Encoding(false));
        await text.WriteAsync(HeldWords.Introduction.AsMemory(), cancellationToken);
        foreach (var kind in held.Kinds)
        {
            await text.WriteAsync($"{kind}.json\n  {HeldWords.Of(kind)}\n\n".AsMemory(), cancellationToken);
        }
    }
}
