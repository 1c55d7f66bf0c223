using System.Collections.Frozen;
using System.Globalization;
using Fieldkeep.Vault.Keys;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Fieldkeep.Serving;

/// <summary>
/// Takes from lines of the log what tells of a person before they leave the machine. What a line says by its template stays; of the words in it only those that are
/// known to tell of nobody do, all others become pseudonyms: the same word has the same, and without the keys nobody can tell which it is.
/// </summary>
internal sealed class PlainLogLines(Keyring keyring) : BaseProcessor<LogRecord>
{
    private const string Template = "{OriginalFormat}";
    private const string Ours = "Fieldkeep.";
    private const int PseudonymBytes = 8;

    // Words of our own lines that are numbers, codes and names of types.
    private static readonly FrozenSet<string> Harmless = new[]
    {
        "Attempt", "At", "Check", "Code", "Count", "Description", "Error", "Failure", "Failures", "Incident", "Kind", "Machine", "Milliseconds",
        "Minutes", "Recipient", "Resets", "Seconds", "Sessions", "Size", "Status", "Witness",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void OnEnd(LogRecord data)
    {
        // Messages of exceptions may quote what a person wrote; types say enough.
        var failure = data.Exception?.GetType().FullName;
        data.Exception = null;
        data.FormattedMessage = null;
        var isOurs = data.CategoryName?.StartsWith(Ours, StringComparison.OrdinalIgnoreCase) == true;
        var plain = new List<KeyValuePair<string, object?>>();
        foreach (var (name, word) in data.Attributes ?? [])
        {
            if (name == Template || (isOurs && Harmless.Contains(name)))
            {
                plain.Add(new(name, word));
            }
            else if (isOurs)
            {
                plain.Add(new(name, PseudonymOf(Convert.ToString(word, CultureInfo.InvariantCulture) ?? "")));
            }
        }

        if (failure is not null)
        {
            plain.Add(new("exception.type", failure));
        }

        // What has no template would go out as it was written.
        data.Body = plain.Find(one => one.Key == Template).Value as string;
        data.Attributes = plain;
    }

    private string PseudonymOf(string word) => "p:" + Convert.ToHexStringLower(keyring.Pepper.Compute("telemetry", word)[..PseudonymBytes]);
}
