using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Believes what proxies say about a caller (<c>X-Forwarded-For</c>, <c>-Proto</c>, <c>-Host</c>), if they are ours.</summary>
internal static class ForwardedCallers
{
    private static readonly object Key = new();

    // Whatever tells that a request did not come straight from its sender.
    private static readonly FrozenSet<string> Marks = FrozenSet.ToFrozenSet(
        ["Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Puts it in front of everything that looks at addresses.</summary>
    /// <param name="trusted">The networks of our proxies; empty believes nobody.</param>
    public static IApplicationBuilder UseForwardedCallers(this IApplicationBuilder app, IReadOnlyList<IPNetwork> trusted)
    {
        app.Use((http, next) =>
        {
            // Before anything of it is taken off.
            if (IsMarked(http.Request.Headers))
            {
                http.Items[Key] = true;
            }

            return next(http);
        });
        return trusted.Count > 0 ? app.UseForwardedHeaders(OptionsOf(trusted)) : app;
    }

    /// <summary>Tells whether a request shows any sign of a proxy, trusted or not.</summary>
    public static bool IsForwarded(HttpContext http) => http.Items.ContainsKey(Key);

    // Every request is asked: nearly no header begins with one of these letters.
    private static bool IsMarked(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (name.Length > 0 && "xXfFvVtTcC".Contains(name[0], StringComparison.Ordinal) && IsMark(name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsMark(string name) =>
        name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase)
        || Marks.Contains(name);

    // From the right, as long as it is a proxy of ours that says so: the first that is none is the caller.
    private static ForwardedHeadersOptions OptionsOf(IReadOnlyList<IPNetwork> trusted)
    {
        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null,
        };

        // The framework believes this machine by itself.
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in trusted)
        {
            options.KnownIPNetworks.Add(network);
        }

        return options;
    }
}
