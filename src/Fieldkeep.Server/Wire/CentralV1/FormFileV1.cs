using System.Text.Json.Serialization;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>A file that a form asks for, as Central's API shows it.</summary>
/// <param name="Type"><c>image</c>, <c>audio</c>, <c>video</c> or <c>file</c>.</param>
/// <param name="Hash">MD5 of its bytes, hexadecimal; null while they are missing.</param>
/// <param name="DatasetExists">Always false: files are not linked to entity lists.</param>
internal sealed record FormFileV1(
    string Name, string Type, string? Hash, bool Exists, bool BlobExists, bool DatasetExists, DateTimeOffset? UpdatedAt)
{
    /// <summary>Its bytes; only when they are here.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Size { get; init; }

    /// <summary>Lists the files of a version. Callers check access first.</summary>
    public static async Task<IReadOnlyList<FormFileV1>> ListAsync(
        ProjectRef project, FormVersionId version, FormQueries queries, FormFiles files, CancellationToken cancellationToken)
    {
        var asked = await queries.ListFilesAsync(version, cancellationToken);
        var stored = (await queries.ListStoredFilesAsync(version, cancellationToken))
            .ToDictionary(file => file.Name, file => files.ReadFacts(project, file).Md5, StringComparer.Ordinal);
        return
        [
            .. asked.Select(file => new FormFileV1(
                file.Name, file.Kind, stored.GetValueOrDefault(file.Name), file.IsPresent, file.IsPresent, false, file.UpdatedAt)
            {
                Size = file.Size,
            }),
        ];
    }
}
