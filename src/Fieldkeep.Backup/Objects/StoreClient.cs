using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Calls an S3-compatible store, each call within a bound by its size. What goes wrong is an <see cref="ObjectStoreException"/> without anything of what the store
/// said but its status and the letters of its error.
/// </summary>
internal sealed class StoreClient : IDisposable
{
    private const int MostCodeLetters = 60;

    // A line of 256 kbit/s, as offices have that share a satellite.
    private const long SlowestBytesASecond = 32 * 1024;

    private readonly ObjectStoreOptions _options;
    private readonly Lazy<AmazonS3Client> _made;
    private readonly StoreCredentials _credentials;

    /// <summary>Prepares; nothing is asked yet.</summary>
    public StoreClient(ObjectStoreOptions options)
    {
        _options = options;
        _credentials = new StoreCredentials(options.CredentialsFile);
        // Made by the first call: what is wrong with its configuration is told as what is wrong with any call, and the next one tries again.
        _made = new Lazy<AmazonS3Client>(() => new AmazonS3Client(_credentials, ConfigOf(options)), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_made.IsValueCreated)
        {
            _made.Value.Dispose();
        }
    }

    /// <summary>Calls it.</summary>
    /// <param name="bytes">What goes over the line.</param>
    /// <exception cref="ObjectStoreException">It does not answer in time, or refuses.</exception>
    /// <exception cref="BackupException">NoKey: there are no credentials.</exception>
    public Task<T> CallAsync<T>(long bytes, Func<AmazonS3Client, CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(TimeSpan.FromSeconds(bytes / SlowestBytesASecond), call, cancellationToken);

    /// <summary>Calls it.</summary>
    /// <param name="longer">How much longer than the least it may take.</param>
    /// <exception cref="ObjectStoreException">It does not answer in time, or refuses.</exception>
    /// <exception cref="BackupException">NoKey: there are no credentials.</exception>
    public async Task<T> CallAsync<T>(TimeSpan longer, Func<AmazonS3Client, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        _credentials.Require();
        using var brief = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        brief.CancelAfter(_options.Patience + longer);
        try
        {
            return await call(_made.Value, brief.Token);
        }
        catch (AmazonServiceException refused) when (!cancellationToken.IsCancellationRequested && (int)refused.StatusCode != 0)
        {
            var code = new string([.. (refused.ErrorCode ?? "").Where(char.IsAsciiLetter).Take(MostCodeLetters)]);
            throw new ObjectStoreException($"{_options.Address} answers {(int)refused.StatusCode} {code}".TrimEnd()) { Status = (int)refused.StatusCode, Code = code };
        }
#pragma warning disable CA1031 // Whatever a strange answer makes of the SDK is told by its kind: its words may quote the answer.
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested && failed is not (ObjectStoreException or BackupException or DiskException))
#pragma warning restore CA1031
        {
            // The SDK gives some statuses, redirections for one, as an error of its own.
            throw new ObjectStoreException(brief.IsCancellationRequested || failed is OperationCanceledException
                ? $"{_options.Address} does not answer in time"
                : $"{_options.Address} does not answer, or nothing that can be read ({(failed.InnerException ?? failed).GetType().Name})");
        }
    }

    private static AmazonS3Config ConfigOf(ObjectStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.Endpoint is not null,
            // Stores other than AWS keep what the SDK wraps around the content, and say nothing.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            AllowAutoRedirect = false,
            // Where it answers the operator says, and no variable or profile of Amazon's.
            IgnoreConfiguredEndpointUrls = true,
            MaxErrorRetry = 2,
            // Each call has a bound of its own, by its size.
            Timeout = Timeout.InfiniteTimeSpan,
            DisableLogging = true,
            HttpClientFactory = new StoreHttp(),
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.AuthenticationRegion = options.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        return config;
    }
}

/// <summary>Says that the disk here does not take what came, which is no silence of the store.</summary>
internal sealed class DiskException(IOException full) : IOException(full.Message, full);
