using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Keeps the documents as they were written first: addresses do not change while the server runs.</summary>
internal sealed class WrittenDocuments(IServiceProvider services) : IDisposable
{
    private readonly ConcurrentDictionary<string, WrittenDocument> _written = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>Gives a document, written with the first call.</summary>
    public async Task<WrittenDocument> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (_written.TryGetValue(name, out var known))
        {
            return known;
        }

        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            return _written.TryGetValue(name, out known) ? known : _written[name] = await WriteAsync(name, cancellationToken);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneAtATime.Dispose();

    private async Task<WrittenDocument> WriteAsync(string name, CancellationToken cancellationToken)
    {
        var provider = services.GetRequiredKeyedService<IOpenApiDocumentProvider>(name);
        var document = await provider.GetOpenApiDocumentAsync(cancellationToken);
        using var bytes = new MemoryStream();
        await using (var text = new StreamWriter(bytes, leaveOpen: true) { NewLine = "\n" })
        {
            document.SerializeAsV31(new OpenApiJsonWriter(text));
            await text.FlushAsync(cancellationToken);
        }

        var json = bytes.ToArray();
        return new WrittenDocument(json, Convert.ToHexStringLower(SHA256.HashData(json))[..16]);
    }
}

/// <summary>A document ready to send.</summary>
/// <param name="Json">UTF-8, indented.</param>
/// <param name="Tag">Changes with the content.</param>
internal sealed record WrittenDocument(ReadOnlyMemory<byte> Json, string Tag);
