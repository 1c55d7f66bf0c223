using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Serves the built web interface: its files, and its one page for every address that is not ours.</summary>
internal static class WebPages
{
    // Names of built files carry a hash of their content, so they never change.
    private const string Forever = "public, max-age=31536000, immutable";

    /// <summary>Serves <paramref name="root"/>; nothing when it is null or empty.</summary>
    public static void MapWebPages(this WebApplication app, string? root)
    {
        var page = root is null ? null : Path.Combine(root, "index.html");
        if (root is null || page is null || !File.Exists(page))
        {
            return;
        }

        var types = new FileExtensionContentTypeProvider();
        types.Mappings[".webmanifest"] = "application/manifest+json";
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new PhysicalFileProvider(Path.GetFullPath(root)),
            ContentTypeProvider = types,
            OnPrepareResponse = file => file.Context.Response.Headers.CacheControl =
                file.Context.Request.Path.StartsWithSegments("/assets", StringComparison.Ordinal) ? Forever : "no-cache",
        });
        app.MapFallback("{*path:nonfile}", context => SendPageAsync(context, page));
    }

    private static async Task SendPageAsync(HttpContext context, string page)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        if (context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
            || context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        await context.Response.SendFileAsync(page, context.RequestAborted);
    }
}
