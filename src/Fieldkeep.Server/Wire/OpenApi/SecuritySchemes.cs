using Microsoft.OpenApi;

namespace Fieldkeep.Server.Wire.OpenApi;

/// <summary>Names the ways to say who is calling.</summary>
internal static class SecuritySchemes
{
    /// <summary>A token from <c>POST /v1/sessions</c>.</summary>
    public const string Bearer = "bearer";

    /// <summary>E-mail and password with each request.</summary>
    public const string Basic = "basic";

    /// <summary>The browser's cookie.</summary>
    public const string Cookie = "cookie";

    /// <summary>The proof that a page of ours asked for a change.</summary>
    public const string Csrf = "csrf";

    /// <summary>Gives all of them.</summary>
    public static Dictionary<string, IOpenApiSecurityScheme> All() => new(StringComparer.Ordinal)
    {
        [Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "The token that `POST /v1/sessions` gives.",
        },
        [Basic] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "basic",
            Description = "E-mail and password, over TLS only. Each request checks the password, which takes its time: prefer a token.",
        },
        [Cookie] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Cookie,
            Name = Shared.SessionCookie.Name,
            Description = "The browser's session, which `POST /api/session` begins.",
        },
        [Csrf] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.ApiKey,
            In = ParameterLocation.Header,
            Name = "X-CSRF-Token",
            Description = "The `csrf` of the session; goes with the cookie on every request that changes something.",
        },
    };
}
