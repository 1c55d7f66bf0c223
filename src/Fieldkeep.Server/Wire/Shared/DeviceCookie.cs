using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Attempts;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Sets the cookie by which a browser that signed in before is known; it opens nothing.</summary>
internal static class DeviceCookie
{
    /// <summary>The prefix makes browsers refuse it over plain HTTP and from other hosts.</summary>
    public const string Name = "__Host-device";

    /// <summary>Gives it to the browser of someone who just signed in; one on a shared computer stays a stranger.</summary>
    public static async Task SetAsync(HttpContext http, KnownDevices devices, Session session, bool isSharedComputer)
    {
        if (isSharedComputer)
        {
            return;
        }

        var value = await devices.VouchAsync(http.Request.Cookies[Name], session.Account, http.RequestAborted);
        http.Response.Cookies.Append(Name, value, new CookieOptions
        {
            HttpOnly = true,
            Secure = true,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            IsEssential = true,
            MaxAge = KnownDevices.Longest,
        });
    }
}
