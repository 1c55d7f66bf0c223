using System.Text;

namespace Fieldkeep.Server.Exports.Formats;

/// <summary>Writes items that each begin with a comma between a beginning and an end, without the comma of the first.</summary>
internal static class JoinedText
{
    /// <summary>Writes beginning, items and end.</summary>
    public static async Task WriteAsync(
        Stream output, string beginning, Func<TakeBytes, Task> writeItems, string end, CancellationToken cancellationToken)
    {
        await output.WriteAsync(Encoding.UTF8.GetBytes(beginning), cancellationToken);
        var isFirst = true;
        await writeItems(async (bytes, token) =>
        {
            if (!bytes.IsEmpty)
            {
                await output.WriteAsync(isFirst ? bytes[1..] : bytes, token);
                isFirst = false;
            }
        });
        await output.WriteAsync(Encoding.UTF8.GetBytes(end), cancellationToken);
    }
}
