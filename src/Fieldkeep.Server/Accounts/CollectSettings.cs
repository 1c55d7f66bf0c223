using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using QRCoder;

namespace Fieldkeep.Server.Accounts;

/// <summary>Makes the settings that ODK Collect reads from a QR code: JSON, zlib, Base64.</summary>
internal static class CollectSettings
{
    /// <summary>Gives the settings that point a phone at a project.</summary>
    /// <param name="serverUrl">The address with the token, such as <c>https://host/v1/key/…/projects/1</c>.</param>
    /// <param name="projectName">How Collect names the project in its list.</param>
    public static JsonObject Of(string serverUrl, string projectName) => new()
    {
        ["general"] = new JsonObject
        {
            ["server_url"] = serverUrl,
            ["form_update_mode"] = "match_exactly",
            ["autosend"] = "wifi_and_cellular",
        },
        ["project"] = new JsonObject { ["name"] = projectName },
        ["admin"] = new JsonObject(),
    };

    /// <summary>Gives what the QR code says.</summary>
    public static string Encode(JsonObject settings)
    {
        using var bytes = new MemoryStream();
        using (var zlib = new ZLibStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            JsonSerializer.Serialize(zlib, settings);
        }

        return Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Draws the QR code as SVG, black on white with a quiet zone; it scales to any size.</summary>
    public static string DrawSvg(string text)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
        using var code = new SvgQRCode(data);
        return code.GetGraphic(4, "#000000", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute);
    }
}
