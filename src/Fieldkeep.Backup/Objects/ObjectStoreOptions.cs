using System.Net;
using System.Text.RegularExpressions;

namespace Fieldkeep.Backup.Objects;

/// <summary>Says which S3-compatible object store a backup directory is carried to, or fetched from. Carries no secret.</summary>
/// <param name="Bucket">The bucket; it must be there.</param>
/// <param name="Prefix">What all names in it begin with, without a slash at the end; empty for none.</param>
public sealed partial record ObjectStoreOptions(string Bucket, string Prefix)
{
    /// <summary>What addresses begin with.</summary>
    public const string Scheme = "s3://";

    /// <summary>Where a store is asked for that nobody gave a region.</summary>
    public const string DefaultRegion = "us-east-1";

    private const int LongestPrefix = 200;
    private const int RegexMilliseconds = 1000;

    /// <summary>Where it answers; null for the one that belongs to the region.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Its region.</summary>
    public string Region { get; init; } = DefaultRegion;

    /// <summary>A file with the credentials; null for the standard variables.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>How it is called in what people read.</summary>
    public string Address => Prefix.Length == 0 ? Scheme + Bucket : $"{Scheme}{Bucket}/{Prefix}";

    /// <summary>Pause between looks at the backup directory.</summary>
    internal TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause after something failed.</summary>
    internal TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long it may take at the end until the store has what came last, with the five seconds at most in which the backup directory gets it.</summary>
    internal TimeSpan LastLookWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a file of the log must have rested to count as ended.</summary>
    internal TimeSpan Rest { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>From so many bytes on an object is put in parts.</summary>
    internal long PartsFrom { get; init; } = 64L << 20;

    /// <summary>Bytes of a part; more where there would be more than 10,000.</summary>
    internal int PartBytes { get; init; } = 16 << 20;

    /// <summary>The first pause after a part did not get there; each is twice as long as the one before, eight of them.</summary>
    internal TimeSpan PartPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The least time an answer may take.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether somebody gave the address of an object store where a folder may be given, too.</summary>
    public static bool IsAddress(string? text) => text?.StartsWith(Scheme, StringComparison.Ordinal) == true;

    /// <summary>Reads what an operator gives.</summary>
    /// <param name="address"><c>s3://BUCKET</c> or <c>s3://BUCKET/PREFIX</c>.</param>
    /// <param name="endpoint"><c>https://…</c>, or <c>http://</c> of this machine; null for AWS.</param>
    /// <param name="region">Null for the usual one.</param>
    /// <param name="credentialsFile">Null for the standard variables.</param>
    /// <exception cref="BackupException">WrongFolder: one of them cannot be used.</exception>
    public static ObjectStoreOptions Read(string address, string? endpoint, string? region, string? credentialsFile)
    {
        var steps = IsAddress(address) ? address[Scheme.Length..].TrimEnd('/').Split('/') : [];
        if (steps is not [var bucket, .. var prefix] || !BucketName().IsMatch(bucket) || prefix.Any(step => !Step().IsMatch(step))
            || prefix.Sum(step => step.Length + 1) > LongestPrefix)
        {
            // Not what was given: somebody may have put a key there.
            throw Wrong("what is given for the object store is no address of one", "give s3://BUCKET/PREFIX: letters, digits, “.”, “_” and “-”, and nothing else");
        }

        if (region is not null && !RegionName().IsMatch(region))
        {
            throw Wrong("what is given for the region of the object store is none", "give one such as eu-central-1");
        }

        return new ObjectStoreOptions(bucket, string.Join('/', prefix))
        {
            Endpoint = endpoint is null ? null : ReadEndpoint(endpoint),
            Region = region ?? DefaultRegion,
            CredentialsFile = credentialsFile is null ? null : Path.GetFullPath(credentialsFile),
        };
    }

    private static Uri ReadEndpoint(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            || uri.UserInfo.Length > 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.AbsolutePath != "/")
        {
            throw Wrong("what is given for the endpoint of the object store is no address of one", "give https://HOST or https://HOST:PORT, without a name, a path or a question in it");
        }

        // What is carried is sealed, but names and credentials' signatures are not, and whoever is on the way could keep it from arriving.
        return uri.Scheme == Uri.UriSchemeHttps || IsLoopback(uri)
            ? uri
            : throw Wrong($"the object store at {uri.Host} would be asked without TLS", "give https://…; http:// serves on this machine only");
    }

    private static bool IsLoopback(Uri uri) =>
        uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static BackupException Wrong(string what, string hint) => new(BackupTrouble.WrongFolder, what, hint);

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex BucketName();

    [GeneratedRegex(@"^(?!\.{1,2}\z)[A-Za-z0-9._-]+\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex Step();

    [GeneratedRegex(@"^[a-z0-9-]{1,40}\z", RegexOptions.CultureInvariant, RegexMilliseconds)]
    private static partial Regex RegionName();
}
