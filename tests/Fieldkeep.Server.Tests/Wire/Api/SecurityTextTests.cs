using System.Globalization;
using System.Net;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Wire.Api;

public sealed class SecurityTextTests(TestServer server) : IClassFixture<TestServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_there_once_an_operator_named_a_contact_and_gone_without_one()
    {
        var admin = await server.OrganisationAdminAsync();
        var anybody = new Browser(server.CreateClient());
        using var none = await anybody.SendAsync(HttpMethod.Get, "/.well-known/security.txt");
        await none.ShouldBeProblemAsync(404, "security_contact.none");

        using var set = await admin.SendAsync(HttpMethod.Put, "/api/security-contact", new { contact = "mailto:security@example.org", policy = "https://example.org/policy" });
        using var sent = await anybody.SendAsync(HttpMethod.Get, "/.well-known/security.txt");

        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", sent.Content.Headers.ContentType?.ToString());
        var lines = (await sent.Content.ReadAsStringAsync(Token)).Split('\n');
        Assert.Contains("Contact: mailto:security@example.org", lines);
        Assert.Contains("Policy: https://example.org/policy", lines);
        var expires = DateTimeOffset.Parse(lines.Single(line => line.StartsWith("Expires: ", StringComparison.Ordinal))[9..], CultureInfo.InvariantCulture);
        Assert.InRange(expires - server.Clock.GetUtcNow(), TimeSpan.FromDays(80), TimeSpan.FromDays(365));

        using var unset = await admin.SendAsync(HttpMethod.Put, "/api/security-contact", new { contact = "" });
        using var gone = await anybody.SendAsync(HttpMethod.Get, "/.well-known/security.txt");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("security@example.org")]
    [InlineData("mailto:a@example.org\nPolicy: https://evil.example")]
    [InlineData("javascript:alert(1)")]
    public async Task What_is_no_contact_is_refused(string contact)
    {
        var admin = await server.OrganisationAdminAsync();

        using var refused = await admin.SendAsync(HttpMethod.Put, "/api/security-contact", new { contact });

        await refused.ShouldBeProblemAsync(422, "security_contact.invalid");
    }
}
