using System.Text.Json;
using System.Text.Json.Nodes;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>
/// Answers Central's <c>/v1/config</c>: the texts of the sign-in page are kept; usage reports can only be off, because this
/// server sends none; pictures are not taken.
/// </summary>
internal static class ConfigV1
{
    private const string Appearance = "login-appearance";
    private const string Analytics = "analytics";

    // What anyone may read; and what would be a picture, of which none can be set.
    private static readonly string[] Public = [Appearance, "logo", "hero-image"];
    private static readonly string[] Pictures = ["logo", "hero-image"];

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder v1)
    {
        var config = v1.MapGroup("/config").WithTags("Configuration");
        config.MapGet("/public", ListPublicAsync)
            .Declare("listPublicConfig", "Read the settings that anyone may read")
            .CalledBy(CallerKind.Anonymous, CallerKind.Session);
        config.MapGet("/public/{key}", GetPublicAsync)
            .Declare("getPublicConfig", "Read a setting that anyone may read")
            .CalledBy(CallerKind.Anonymous, CallerKind.Session)
            .Refuses(403, "access.denied")
            .Refuses(404, "config.not_set");
        config.MapGet("/{key}", GetAsync)
            .Declare("getConfig", "Read a setting of the server", Permission.SettingsUpdate)
            .Refuses(404, "config.not_set");
        config.MapPost("/{key}", SetAsync)
            .Declare("setConfig", "Set a setting of the server", Permission.SettingsUpdate)
            .Refuses(400, "body.unexpected_value", "setting.too_long")
            .Refuses(501, "central.not_built", "analytics.none");
        config.MapDelete("/{key}", UnsetAsync)
            .Declare("unsetConfig", "Take a setting of the server away", Permission.SettingsUpdate)
            .Refuses(400, "body.unexpected_value");
    }

    private static async Task<IReadOnlyDictionary<string, ConfigItemV1>> ListPublicAsync(HttpContext http, PublicSettings settings) =>
        await settings.FindAsync(Appearance, http.RequestAborted) is { } found
            ? new Dictionary<string, ConfigItemV1>(StringComparer.Ordinal) { [Appearance] = ConfigItemV1.Of(found) }
            : new Dictionary<string, ConfigItemV1>(StringComparer.Ordinal);

    private static Task<ConfigItemV1> GetPublicAsync(HttpContext http, string key, PublicSettings settings) =>
        Public.Contains(key, StringComparer.Ordinal)
            ? FindAsync(key, settings, http.RequestAborted)
            : throw AccessProblems.Denied();

    private static async Task<ConfigItemV1> GetAsync(Call call, string key, PublicSettings settings, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.SettingsUpdate, Scope.Installation, call.Aborted);
        return await FindAsync(key, settings, call.Aborted);
    }

    private static async Task<ConfigItemV1> SetAsync(
        Call call, string key, JsonBody<JsonObject> body, PublicSettings settings, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.SettingsUpdate, Scope.Installation, call.Aborted);
        RequireSettable(key);
        if (Pictures.Contains(key, StringComparer.Ordinal))
        {
            throw CentralProblems.NotBuilt("A picture of your own", "Set the texts of the sign-in page with login-appearance.");
        }

        var value = key == Appearance ? AppearanceOf(await body.ReadAsync()) : AnalyticsOf(await body.ReadAsync());
        return ConfigItemV1.Of(await settings.SetAsync(call.Actor, key, value.ToJsonString(), call.Aborted));
    }

    private static async Task<Done> UnsetAsync(Call call, string key, PublicSettings settings, Policy policy)
    {
        await policy.RequireAsync(call.Actor, Permission.SettingsUpdate, Scope.Installation, call.Aborted);
        RequireSettable(key);
        await settings.RemoveAsync(call.Actor, key, call.Aborted);
        return Done.Well;
    }

    private static async Task<ConfigItemV1> FindAsync(string key, PublicSettings settings, CancellationToken cancellationToken) =>
        ConfigItemV1.Of(await settings.FindAsync(key, cancellationToken)
            ?? throw new ProblemException("config.not_set", 404, "This setting is not set."));

    private static void RequireSettable(string key)
    {
        if (key != Analytics && !Public.Contains(key, StringComparer.Ordinal))
        {
            throw CentralProblems.Unexpected("key", "the setting is unknown or cannot be set.");
        }
    }

    private static JsonObject AppearanceOf(JsonObject wanted)
    {
        var value = new JsonObject();
        foreach (var name in (string[])["title", "description"])
        {
            if (wanted[name] is JsonValue text && text.GetValueKind() == JsonValueKind.String && text.GetValue<string>() is { Length: > 0 } kept)
            {
                value[name] = kept.Length <= PublicSettings.MostCharacters
                    ? kept
                    : throw OrganisationProblems.SettingTooLong(PublicSettings.MostCharacters);
            }
        }

        return value;
    }

    private static JsonObject AnalyticsOf(JsonObject wanted) =>
        wanted["enabled"] is JsonValue enabled && enabled.GetValueKind() == JsonValueKind.True
            ? throw NoAnalytics()
            : new JsonObject { ["enabled"] = false };

    /// <summary>Says that this server reports to nobody.</summary>
    internal static ProblemException NoAnalytics() =>
        new("analytics.none", 501, "This server reports its use to nobody, so there is nothing to turn on or to preview.") { CentralCode = 501.9m };
}

/// <summary>A setting of the server.</summary>
internal sealed record ConfigItemV1(string Key, JsonNode? Value, DateTimeOffset SetAt)
{
    /// <summary>Shows a setting.</summary>
    public static ConfigItemV1 Of(PublicSetting setting) =>
        new(setting.Key, setting.Json is null ? null : JsonNode.Parse(setting.Json), setting.SetAt);
}
