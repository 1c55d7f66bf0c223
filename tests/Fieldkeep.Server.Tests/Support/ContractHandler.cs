using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Holds every JSON answer that any test gets to the committed OpenAPI documents, and to what ODK Central documents.</summary>
internal sealed class ContractHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var path = request.RequestUri?.AbsolutePath ?? "";
        var contract = path.StartsWith("/v1", StringComparison.Ordinal) ? Contract.V1 : Contract.Api;
        if (contract.FindOperation(request.Method.Method, path) is var (address, operation))
        {
            var body = await JsonOfAsync(response, cancellationToken);
            var breach = contract.FindBreach(operation, (int)response.StatusCode, body);
            Assert.True(breach is null, $"{request.Method} {path} does not answer as docs/protocol/openapi-*.json says: {breach}");
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var fault = CentralShapes.FindFault($"{request.Method} {address}", request.Headers.Contains("X-Extended-Metadata"), body);
                Assert.True(fault is null, $"{request.Method} {path} does not answer as ODK Central documents: {fault}");
            }
        }

        return response;
    }

    private static async Task<JsonNode?> JsonOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType is not ("application/json" or "application/problem+json"))
        {
            return null;
        }

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }
}
