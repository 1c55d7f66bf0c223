using System.Globalization;
using System.Text.Json;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>Writes <c>__system</c>: what is known about a submission beside its answers.</summary>
internal sealed class ODataSystem(IReadOnlyList<string> names, IReadOnlyDictionary<FormVersionId, string> versions)
{
    /// <summary>Stands in <c>status</c> where answers could not be opened.</summary>
    public const string Damaged = "damaged";

    /// <summary>Stands in <c>status</c> where answers were encrypted on the phone.</summary>
    public const string NotDecrypted = "notDecrypted";

    /// <summary>Stands in <c>status</c> where the file with the encrypted answers has not come.</summary>
    public const string MissingAnswers = "missingEncryptedFormData";

    /// <summary>Writes the member with the names that were selected; nothing when none was.</summary>
    public void Write(Utf8JsonWriter json, in SealedRow row, SenderFacts sender, string submitter, string? status)
    {
        if (names.Count == 0)
        {
            return;
        }

        json.WriteStartObject("__system"u8);
        foreach (var name in names)
        {
            WriteOne(json, name, row, sender, submitter, status);
        }

        json.WriteEndObject();
    }

    private void WriteOne(Utf8JsonWriter json, string name, in SealedRow row, SenderFacts sender, string submitter, string? status)
    {
        switch (name)
        {
            case "attachmentsPresent":
                json.WriteNumber(name, row.AttachmentsPresent);
                break;
            case "attachmentsExpected":
                json.WriteNumber(name, row.AttachmentsExpected);
                break;
            case "edits":
                json.WriteNumber(name, row.Version - 1);
                break;
            default:
                json.WriteString(name, name switch
                {
                    "submissionDate" => Instant(row.CreatedAt),
                    "updatedAt" => Instant(row.UpdatedAt),
                    "deletedAt" => Instant(row.DeletedAt),
                    "submitterId" => row.Submitter.Value == 0 ? null : row.Submitter.Value.ToString(CultureInfo.InvariantCulture),
                    "submitterName" => submitter.Length == 0 ? null : submitter,
                    "status" => status,
                    "reviewState" => row.ReviewState,
                    "deviceId" => sender.DeviceId,
                    "formVersion" => versions.GetValueOrDefault(row.FormVersion, ""),
                    _ => throw new InvalidOperationException($"Nothing is known that is called {name}."),
                });
                break;
        }
    }

    private static string? Instant(DateTimeOffset? at) =>
        at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
