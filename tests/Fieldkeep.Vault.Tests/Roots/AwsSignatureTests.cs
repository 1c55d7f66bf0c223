using System.Text;
using Fieldkeep.Vault.Roots;
using Xunit;

namespace Fieldkeep.Vault.Tests.Roots;

/// <summary>Held to the test suite that AWS publishes for Signature Version 4, and the example of its documentation.</summary>
public sealed class AwsSignatureTests
{
    private static readonly AwsCredentials Example = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);

    private static readonly DateTimeOffset Then = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("GET", "/", "", "", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")] // get-vanilla
    [InlineData("POST", "/", "", "", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")] // post-vanilla
    [InlineData("GET", "/?Param2=value2&Param1=value1", "", "", "host;x-amz-date", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")] // get-vanilla-query-order-key-case
    [InlineData("POST", "/", "application/x-www-form-urlencoded", "Param1=value1", "content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")] // post-x-www-form-urlencoded
    public void The_published_signatures_come_out(string method, string path, string type, string body, string headers, string signature)
    {
        var authorization = SignedBy(new Uri("https://example.amazonaws.com" + path), method, type, body, "service", Example);

        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={headers}, Signature={signature}", authorization);
    }

    [Fact]
    public void The_documentations_example_comes_out() => Assert.EndsWith(
        "SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        SignedBy(new Uri("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"), "GET", "application/x-www-form-urlencoded; charset=utf-8", "", "iam", Example),
        StringComparison.Ordinal);

    [Fact]
    public void A_sessions_token_is_signed_with_the_rest() => Assert.Contains(
        "SignedHeaders=host;x-amz-date;x-amz-security-token,",
        SignedBy(new Uri("https://example.amazonaws.com/"), "GET", "", "", "service", Example with { SessionToken = "of a role" }),
        StringComparison.Ordinal);

    private static string SignedBy(Uri uri, string method, string type, string body, string service, AwsCredentials credentials)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        using var request = new HttpRequestMessage(new HttpMethod(method), uri);
        if (type.Length > 0)
        {
            request.Content = new ByteArrayContent(bytes);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        AwsSignature.Sign(request, bytes, credentials, "us-east-1", service, Then);
        return Assert.Single(request.Headers.GetValues("Authorization"));
    }
}
