using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>Checks refusals in each dialect.</summary>
internal static class Responses
{
    /// <summary>Checks problem details of our own API.</summary>
    public static async Task ShouldBeProblemAsync(this HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"Expected {status} {code}, got {(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, JsonNode.Parse(text)?["code"]?.GetValue<string>());
    }

    /// <summary>Checks a problem in Central's shape.</summary>
    public static async Task ShouldBeCentralProblemAsync(this HttpResponseMessage response, int status, decimal code)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(status == (int)response.StatusCode, $"Expected {status} {code}, got {(int)response.StatusCode} {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var body = JsonNode.Parse(text);
        Assert.Equal(code.ToString(CultureInfo.InvariantCulture), body?["code"]?.ToJsonString());
        Assert.NotEqual("", body?["message"]?.GetValue<string>());
    }
}
