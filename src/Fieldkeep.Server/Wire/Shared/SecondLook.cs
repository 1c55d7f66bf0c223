using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>
/// Looks again at who sends a request, once its body is there: a session that ended, or an account that was removed meanwhile, does
/// nothing more, however slowly it sends.
/// </summary>
internal static class SecondLook
{
    private static readonly object Key = new();

    /// <summary>Keeps how to look again, for as long as the request lasts.</summary>
    public static void Keep(HttpContext http, Func<Task> look) => http.Items[Key] = look;

    /// <summary>Looks again; nothing happens where nobody was looked at before.</summary>
    /// <exception cref="ProblemException"><c>session.none</c> and whatever refuses credentials.</exception>
    public static Task TakeAsync(HttpContext http) =>
        http.Items.TryGetValue(Key, out var kept) && kept is Func<Task> look ? look() : Task.CompletedTask;
}
