using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Reads a request body that an operation needs whole, up to a stated limit.</summary>
internal static class BodyReader
{
    /// <summary>Reads the body; at most <paramref name="maxBytes"/> are ever held. When it came slowly, looks again at who sends it.</summary>
    /// <exception cref="ProblemException"><paramref name="tooLarge"/>; <c>session.none</c> and whatever refuses credentials.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        HttpContext context, int maxBytes, Func<ProblemException> tooLarge)
    {
        if (context.Request.ContentLength > maxBytes)
        {
            Allow(context, null);
            throw tooLarge();
        }

        Allow(context, maxBytes + 1L);
        using var whole = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (whole.Length + read > maxBytes)
            {
                throw tooLarge();
            }

            whole.Write(buffer.AsSpan(0, read));
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
