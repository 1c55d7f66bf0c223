using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>The address under which phones and people reach this server.</summary>
/// <param name="Configured">From the settings, such as <c>https://data.example.org</c>; null to take that of the request.</param>
internal sealed record PublicAddress(Uri? Configured)
{
    /// <summary>Gives the address without a slash at its end.</summary>
    public string Of(HttpContext http) =>
        Configured?.GetLeftPart(UriPartial.Path).TrimEnd('/') ?? $"{http.Request.Scheme}://{http.Request.Host}";
}
