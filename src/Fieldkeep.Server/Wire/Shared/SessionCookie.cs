using Fieldkeep.Server.Accounts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Sets and clears the browser's session cookie.</summary>
internal static class SessionCookie
{
    /// <summary>The prefix makes browsers refuse it over plain HTTP and from other hosts.</summary>
    public const string Name = "__Host-session";

    /// <summary>Gives the browser a session; on a shared computer it forgets it when closed. The session it had before ends.</summary>
    public static async Task SetAsync(HttpContext http, NewSession session, bool isSharedComputer)
    {
        if (http.Request.Cookies[Name] is { Length: > 0 } former)
        {
            // The sign-in is committed: its answer goes out also when the browser is gone.
            await http.RequestServices.GetRequiredService<Sessions>().EndFormerAsync(former, CancellationToken.None);
        }

        http.Response.Cookies.Append(
            Name, session.Token, Options(isSharedComputer ? null : session.Session.ExpiresAt));
    }

    /// <summary>Takes the session from the browser.</summary>
    public static void Clear(HttpContext http) => http.Response.Cookies.Append(Name, "", Options(DateTimeOffset.UnixEpoch));

    private static CookieOptions Options(DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.Lax,
        Path = "/",
        IsEssential = true,
        Expires = expires,
    };
}
