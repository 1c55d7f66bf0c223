using System.Globalization;
using System.Text;
using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/.well-known/security.txt</c> (RFC 9116): where to tell of a weakness; and lets operators say where.</summary>
internal static class SecurityText
{
    private const string Key = "security-contact";
    private const int MostCharacters = 500;

    // RFC 9116 wants less than a year; whoever keeps a copy asks again.
    private static readonly TimeSpan GoodFor = TimeSpan.FromDays(90);

    /// <summary>Maps the routes below <c>/api</c>.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var contact = api.MapGroup("/security-contact").WithTags("Security");
        contact.MapGet("", GetAsync).Declare("getSecurityContact", "Read whom security.txt names", Permission.SettingsUpdate);
        contact.MapPut("", SetAsync)
            .Declare("setSecurityContact", "Say whom security.txt names; without a contact there is no security.txt", Permission.SettingsUpdate)
            .Refuses(422, "security_contact.invalid");
    }

    /// <summary>Maps the file itself.</summary>
    public static void MapSecurityText(this IEndpointRouteBuilder routes) => routes
        .MapGet("/.well-known/security.txt", SendAsync)
        .Speaks(Dialect.Api)
        .CalledBy(CallerKind.Anonymous)
        .MadeFor(Audience.Operators)
        .WithTags("Security")
        .Declare("getSecurityText", "Read where to tell of a weakness of this server (RFC 9116)")
        .SendsFile("text/plain")
        .Refuses(404, "security_contact.none");

    private static async Task<SecurityContactItem> GetAsync(Call call, Policy policy, PublicSettings settings)
    {
        await policy.RequireAsync(call.Actor, Permission.SettingsUpdate, Scope.Installation, call.Aborted);
        return await FindAsync(settings, call.Aborted) ?? new SecurityContactItem(null, null);
    }

    private static async Task<NoContent> SetAsync(Call call, JsonBody<SecurityContactItem> body, PublicSettings settings, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.SettingsUpdate, Scope.Installation, call.Aborted);
        var wanted = await body.ReadAsync();
        if (string.IsNullOrWhiteSpace(wanted.Contact))
        {
            await settings.RemoveAsync(call.Actor, Key, call.Aborted);
            return TypedResults.NoContent();
        }

        var item = new SecurityContactItem(
            UriOf("contact", wanted.Contact, "mailto", "https", "tel"),
            string.IsNullOrWhiteSpace(wanted.Policy) ? null : UriOf("policy", wanted.Policy, "https"));
        await settings.SetAsync(call.Actor, Key, JsonSerializer.Serialize(item, JsonSerializerOptions.Web), call.Aborted);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> SendAsync(HttpContext http, PublicSettings settings, PublicAddress address, TimeProvider clock)
    {
        if (await FindAsync(settings, http.RequestAborted) is not { Contact: { } contact } found)
        {
            throw new ProblemException("security_contact.none", 404, "Whoever runs this server has not said where to tell of a weakness.");
        }

        // Whole days, so that two requests on a day are alike.
        var expires = (clock.GetUtcNow() + GoodFor).UtcDateTime.Date.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var text = new StringBuilder()
            .Append("Contact: ").Append(contact).Append('\n')
            .Append("Expires: ").Append(expires).Append('\n')
            .Append("Preferred-Languages: en, fr, es, ar\n");
        if (address.Configured is { } given)
        {
            text.Append("Canonical: ").Append(new Uri(given, "/.well-known/security.txt")).Append('\n');
        }

        if (found.Policy is { } policy)
        {
            text.Append("Policy: ").Append(policy).Append('\n');
        }

        return TypedResults.Text(text.ToString(), "text/plain; charset=utf-8");
    }

    private static async Task<SecurityContactItem?> FindAsync(PublicSettings settings, CancellationToken cancellationToken) =>
        (await settings.FindAsync(Key, cancellationToken))?.Json is { } json
            ? JsonSerializer.Deserialize<SecurityContactItem>(json, JsonSerializerOptions.Web)
            : null;

    // A line of its own in a file that programs read: nothing may begin another.
    private static string UriOf(string field, string text, params string[] schemes) =>
        text.Trim() is { Length: <= MostCharacters } trimmed && !trimmed.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter))
            && Uri.TryCreate(trimmed, UriKind.Absolute, out var uri) && schemes.Contains(uri.Scheme, StringComparer.Ordinal)
            ? uri.AbsoluteUri
            : throw new ProblemException(
                "security_contact.invalid", 422, $"“{field}” must be an address that begins with {string.Join(" or ", schemes.Select(scheme => scheme + ":"))}, such as mailto:security@example.org.");
}

/// <summary>Whom security.txt names.</summary>
/// <param name="Contact">Such as <c>mailto:security@example.org</c>; null for none.</param>
/// <param name="Policy">Where the rules for telling stand; null for none.</param>
internal sealed record SecurityContactItem(string? Contact, string? Policy);
