using Amazon.Runtime;

namespace Fieldkeep.Backup.Objects;

/// <summary>
/// Asks an object store over HTTP, and takes from its answers what could lead the client astray: where else to ask, and bodies without an end. The store may be
/// in anybody's hands.
/// </summary>
internal sealed class StoreHttp : HttpClientFactory
{
    /// <summary>Bytes of an answer that is no object: a list of a thousand names of 1,024 letters each, three times.</summary>
    public const long MostBytes = 16L << 20;

    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(Around(new SocketsHttpHandler { AllowAutoRedirect = false })) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Guards what asks.</summary>
    internal static HttpMessageHandler Around(HttpMessageHandler asks) => new Guard(asks);

    private sealed class Guard(HttpMessageHandler asks) : DelegatingHandler(asks)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            // The client would sign for whatever stands there and send it, without TLS as well.
            answer.Headers.Location = null;
            var isObject = request.Method == HttpMethod.Get && answer.IsSuccessStatusCode && request.RequestUri?.Query.Contains("list-type", StringComparison.Ordinal) != true;
            if (!isObject && request.Method != HttpMethod.Head)
            {
                // Throws when there is more.
                await answer.Content.LoadIntoBufferAsync(MostBytes, cancellationToken);
            }

            return answer;
        }
    }
}
