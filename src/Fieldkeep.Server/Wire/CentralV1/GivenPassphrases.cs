using System.Text.Json;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Reads passphrases as Central takes them with an export: members whose name is the number of a key.</summary>
internal static class GivenPassphrases
{
    // A project has one key of the server's; more than a few are no passphrases.
    private const int MostKeys = 100;

    /// <summary>Reads those of a POST from its body: JSON, or as a page's form sends it. In an address there may be none.</summary>
    /// <exception cref="ProblemException">
    /// <c>key.passphrase_in_address</c>, <c>body.not_json</c>, <c>body.wrong_type</c>, <c>body.too_large</c>.
    /// </exception>
    public static async Task<Passphrases> ReadAsync(HttpContext http)
    {
        if (http.Request.Query.Keys.Any(IsKey))
        {
            throw KeyProblems.PassphraseInAddress();
        }

        if (!HttpMethods.IsPost(http.Request.Method))
        {
            return Of([]);
        }

        if (http.Request.HasJsonContentType() && http.Request.ContentLength != 0)
        {
            var body = await WireJson.ReadAsync<Dictionary<string, JsonElement>>(http, WireJson.MostBytes);
            return Of(body.Where(member => member.Value.ValueKind == JsonValueKind.String)
                .Select(member => (member.Key, member.Value.GetString() ?? "")));
        }

        if (http.Request.HasFormContentType)
        {
            BodyReader.Allow(http, WireJson.MostBytes);
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            return Of(form.Select(member => (member.Key, member.Value.ToString())));
        }

        return Of([]);
    }

    private static bool IsKey(string name) => name.Length > 0 && name.All(char.IsAsciiDigit);

    private static Passphrases Of(IEnumerable<(string Name, string Value)> members)
    {
        var byKey = new Dictionary<long, string>();
        foreach (var (name, value) in members)
        {
            if (IsKey(name) && long.TryParse(name, out var key) && byKey.Count < MostKeys)
            {
                byKey[key] = value;
            }
        }

        return new Passphrases(byKey);
    }
}
