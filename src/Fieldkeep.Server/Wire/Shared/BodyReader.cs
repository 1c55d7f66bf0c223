using System.Buffers;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Reads a request body that an operation needs whole, up to a stated limit.</summary>
internal static class BodyReader
{
    private const int PartBytes = 64 * 1024;

    /// <summary>Reads the body; at most <paramref name="maxBytes"/> are ever held. When it came slowly, looks again at who sends it.</summary>
    /// <exception cref="ProblemException"><paramref name="tooLarge"/>; <c>session.none</c> and whatever refuses credentials.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpContext context, int maxBytes, Func<ProblemException> tooLarge)
    {
        // The limit is ours: the web server's own would cut off whoever sends more instead of answering.
        Allow(context, null);
        if (context.Request.ContentLength > maxBytes)
        {
            throw tooLarge();
        }

        using var whole = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, PartBytes));
        var part = ArrayPool<byte>.Shared.Rent(PartBytes);
        try
        {
            for (int read; (read = await context.Request.Body.ReadAsync(part, context.RequestAborted)) > 0;)
            {
                if (whole.Length + read > maxBytes)
                {
                    throw tooLarge();
                }

                whole.Write(part.AsSpan(0, read));
            }
        }
        finally
        {
            // Bodies hold passwords.
            ArrayPool<byte>.Shared.Return(part, clearArray: true);
        }

        await SecondLook.TakeAsync(context);
        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    /// <summary>
    /// Lets this request be as large as the operation behind it allows. Null when it is refused already: the rest is then
    /// read away for a few seconds, so that the caller gets the answer and not a broken connection.
    /// </summary>
    public static void Allow(HttpContext context, long? maxBytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = maxBytes;
        }
    }
}
