using Amazon.Runtime;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Reads the credentials of an object store each time they are needed, so that they can be replaced while the server runs: from a file, or from the standard variables.
/// Nothing else is asked, no profile and no machine of a cloud.
/// </summary>
/// <param name="file">Lines <c>NAME=VALUE</c>, as in an EnvironmentFile of systemd or <c>~/.aws/credentials</c>; null for the variables.</param>
internal sealed class StoreCredentials(string? file) : AWSCredentials
{
    private const string Id = "AWS_ACCESS_KEY_ID";
    private const string Key = "AWS_SECRET_ACCESS_KEY";
    private const string Session = "AWS_SESSION_TOKEN";
    private const int MostBytes = 64 * 1024;

    /// <summary>Requires that there are some.</summary>
    /// <exception cref="BackupException">NoKey: there are none.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Require() => _ = GetCredentials();

    /// <inheritdoc/>
    public override ImmutableCredentials GetCredentials()
    {
        var lines = file is null ? null : ReadLines();
        string? Find(string name) => (lines is null ? Environment.GetEnvironmentVariable(name) : lines.GetValueOrDefault(name)) is { Length: > 0 } value ? value : null;
        return Find(Id) is { } id && Find(Key) is { } key
            ? new ImmutableCredentials(id, key, Find(Session))
            : throw new BackupException(
                BackupTrouble.NoKey,
                file is null ? $"there are no credentials for the object store: {Id} and {Key} are not set" : $"{file} lacks {Id} or {Key}",
                $"write {Id}=… and {Key}=… into a file that only the server's user can read, and name it by FIELDKEEP_BACKUP_STORE_CREDENTIALS");
    }

    private Dictionary<string, string> ReadLines()
    {
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        // May be a link: that is how secrets are mounted into containers.
        using var opened = File.OpenRead(file!); // not null: the caller checked
        var bytes = new byte[MostBytes];
        var length = opened.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        foreach (var line in System.Text.Encoding.UTF8.GetString(bytes, 0, length).Split('\n'))
        {
            if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
            {
                var name = line[..at].Trim();
                if (!found.TryAdd(name, line[(at + 1)..].Trim().Trim('"')) && name.StartsWith("AWS_", StringComparison.OrdinalIgnoreCase))
                {
                    throw new BackupException(BackupTrouble.NoKey, $"{file} has several credentials", "leave those in it that belong to the store");
                }
            }
        }

        return found;
    }
}
