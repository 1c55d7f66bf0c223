using Fieldkeep.Server.Accounts;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Sets and clears the browser's session cookie.</summary>
internal static class SessionCookie
{
    /// <summary>The prefix makes browsers refuse it over plain HTTP and from other hosts.</summary>
    public const string Name = "__Host-session";

    /// <summary>Gives the browser a session; on a shared computer it forgets it when closed.</summary>
    public static void Set(HttpContext http, NewSession session, bool isSharedComputer) =>
        http.Response.Cookies.Append(
            Name, session.Token, Options(isSharedComputer ? null : session.Session.ExpiresAt));

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
