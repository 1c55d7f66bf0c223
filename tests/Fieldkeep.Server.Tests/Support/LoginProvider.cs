using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>A small OpenID Connect provider on a loopback port: it signs everyone in at once, as whom it is told.</summary>
internal sealed class LoginProvider : IAsyncDisposable
{
    /// <summary>The name of our server there.</summary>
    public const string ClientId = "fieldkeep";

    // One pair for all of them, which are there one after the other: a pair of RSA takes 200 ms to make.
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly ECDsa Curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge)> _codes = new();
    private readonly WebApplication _app;

    private LoginProvider(WebApplication app)
    {
        _app = app;
        _app.MapGet("/.well-known/openid-configuration", () => new
        {
            issuer = Issuer,
            authorization_endpoint = $"{Issuer}/authorize",
            token_endpoint = $"{Issuer}/token",
            jwks_uri = $"{Issuer}/keys",
        });
        _app.MapGet("/keys", () => Results.Text(Keys().ToJsonString(), "application/json"));
        _app.MapGet("/authorize", Authorize);
        _app.MapPost("/token", RedeemAsync);
    }

    /// <summary>Where it is.</summary>
    public string Issuer => _app.Urls.Single();

    /// <summary>Its lasting name for who signs in.</summary>
    public string Subject { get; set; } = "somebody";

    /// <summary>Their address.</summary>
    public string Email { get; set; } = "somebody@example.org";

    /// <summary>Whether it has verified that address.</summary>
    public bool IsVerified { get; set; } = true;

    /// <summary>How it signs: RS256, ES256 or, as it must not, none or HS256.</summary>
    public string Algorithm { get; set; } = "RS256";

    /// <summary>Changes the claims before they are signed.</summary>
    public Action<JsonObject> Forge { get; set; } = _ => { };

    /// <summary>Changes the signed token.</summary>
    public Func<string, string> Tamper { get; set; } = token => token;

    /// <summary>Its clock.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Starts one.</summary>
    public static async Task<LoginProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var provider = new LoginProvider(builder.Build());
        await provider._app.StartAsync();
        return provider;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private IResult Authorize(HttpRequest request)
    {
        var query = request.Query;
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256")
        {
            return Results.BadRequest();
        }

        var code = RandomNumberGenerator.GetHexString(32);
        _codes[code] = (query["nonce"].ToString(), query["code_challenge"].ToString());
        return Results.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}&iss={Uri.EscapeDataString(Issuer)}");
    }

    private async Task<IResult> RedeemAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var verifier = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (!_codes.TryRemove(form["code"].ToString(), out var known) || known.Challenge != verifier || form["client_id"] != ClientId)
        {
            return Results.BadRequest(new { error = "invalid_grant" });
        }

        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["sub"] = Subject,
            ["iat"] = now,
            ["exp"] = now + 300,
            ["nonce"] = known.Nonce,
            ["email"] = Email,
            ["email_verified"] = IsVerified,
        };
        Forge(claims);
        return Results.Json(new { access_token = "unused", token_type = "Bearer", id_token = Tamper(Sign(claims)) });
    }

    private string Sign(JsonObject claims)
    {
        var head = Encode(JsonSerializer.SerializeToUtf8Bytes(new { alg = Algorithm, kid = Algorithm, typ = "JWT" }));
        var signed = $"{head}.{Encode(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        return $"{signed}." + Algorithm switch
        {
            "RS256" => Encode(Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)),
            "ES256" => Encode(Curve.SignData(bytes, HashAlgorithmName.SHA256)),

            // The old trick: the public key as the secret of an HMAC.
            "HS256" => Encode(HMACSHA256.HashData(Rsa.ExportSubjectPublicKeyInfo(), bytes)),
            _ => "",
        };
    }

    private static JsonObject Keys()
    {
        var (rsa, curve) = (Rsa.ExportParameters(false), Curve.ExportParameters(false));
        return new JsonObject
        {
            ["keys"] = new JsonArray
            {
                new JsonObject { ["kty"] = "RSA", ["kid"] = "RS256", ["use"] = "sig", ["n"] = Encode(rsa.Modulus!), ["e"] = Encode(rsa.Exponent!) }, // an RSA key has both
                new JsonObject { ["kty"] = "EC", ["kid"] = "ES256", ["crv"] = "P-256", ["x"] = Encode(curve.Q.X!), ["y"] = Encode(curve.Q.Y!) }, // a curve's key has both
            },
        };
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
