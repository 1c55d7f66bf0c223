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

    // The build leaves a packed copy beside each file worth it (web/vite.config.ts).
    private const string Packed = ".br";

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
        types.Mappings[Packed] = "application/octet-stream";
        var files = new PhysicalFileProvider(Path.GetFullPath(root));
        app.Use((context, next) =>
        {
            TakePacked(context.Request, files);
            return next(context);
        });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = types,
            OnPrepareResponse = file => Describe(file.Context, types),
        });
        app.MapFallback("{*path:nonfile}", context => SendPageAsync(context, page));

        // A form's or a submission's id may hold a dot, and no file of ours lies below this address.
        app.MapFallback("/projects/{*path}", context => SendPageAsync(context, page));
    }

    private static void TakePacked(HttpRequest request, PhysicalFileProvider files)
    {
        if (IsAsset(request.Path)
            && request.GetTypedHeaders().AcceptEncoding.Any(accepted => accepted.Value == "br" && accepted.Quality is not 0)
            && files.GetFileInfo(request.Path + Packed).Exists)
        {
            request.Path += Packed;
        }
    }

    private static void Describe(HttpContext context, FileExtensionContentTypeProvider types)
    {
        var path = context.Request.Path;
        var headers = context.Response.Headers;
        headers.CacheControl = IsAsset(path) ? Forever : "no-cache";
        if (!IsAsset(path))
        {
            return;
        }

        headers.Vary = "Accept-Encoding";
        if (path.Value is { } name && name.EndsWith(Packed, StringComparison.Ordinal)
            && types.TryGetContentType(name[..^Packed.Length], out var type))
        {
            headers.ContentEncoding = "br";
            context.Response.ContentType = type;
        }
    }

    private static bool IsAsset(PathString path) => path.StartsWithSegments("/assets", StringComparison.Ordinal);

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
