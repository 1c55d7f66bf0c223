using System.Xml.Linq;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Checks refusals as phones get them.</summary>
internal static class OpenRosaResponses
{
    private static readonly XNamespace Response = "http://openrosa.org/http/response";

    /// <summary>Checks status, headers and that the message holds some words.</summary>
    public static async Task ShouldBeOpenRosaAsync(this HttpResponseMessage response, int status, string words)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"Expected {status}, got {(int)response.StatusCode} {text}");
        Assert.Equal("1.0", Assert.Single(response.Headers.GetValues("X-OpenRosa-Version")));
        var message = XDocument.Parse(text).Root?.Element(Response + "message");
        Assert.NotNull(message);
        Assert.NotEqual("", message.Value);
        Assert.Contains(words, message.Value, StringComparison.Ordinal);
    }
}
