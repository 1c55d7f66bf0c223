using System.Net;
using Fieldkeep.Server.Hooks;
using Xunit;

namespace Fieldkeep.Server.Tests.Hooks;

/// <summary>Where requests are sent, and where not.</summary>
public sealed class HookAddressTests
{
    [Theory]
    [InlineData("http://example.org/hook")]
    [InlineData("ftp://example.org/hook")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:word@example.org/")]
    [InlineData("https://example.org/#part")]
    [InlineData("https://localhost/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://10.1.2.3/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://192.168.1.1:8443/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("example.org")]
    [InlineData("https://")]
    [InlineData("https://example.org/a b")]
    [InlineData("https://example.org/\r\nX: y")]
    [InlineData("")]
    public void What_is_no_address_of_the_open_internet_is_refused(string address)
    {
        Assert.Null(HookAddress.Find(address, mayBePrivate: false));
        Assert.Null(HookAddress.Find("https://example.org/" + new string('a', 2_000), mayBePrivate: false));
    }

    [Theory]
    [InlineData("https://example.org/hook?one=1", false)]
    [InlineData("https://93.184.215.14/", false)]
    [InlineData("https://10.1.2.3/", true)]
    [InlineData("http://127.0.0.1:8080/hook", true)]
    public void What_is_open_or_allowed_by_the_operator_is_taken(string address, bool mayBePrivate) =>
        Assert.Equal(new Uri(address), HookAddress.Find(address, mayBePrivate));

    [Fact]
    public void Without_encryption_nothing_leaves_this_machine() =>
        Assert.Null(HookAddress.Find("http://10.1.2.3/", mayBePrivate: true));

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("100.64.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("2001:0:a00:1::", false)]
    [InlineData("ff02::1", false)]
    public void Special_networks_are_closed(string address, bool isOpen) => Assert.Equal(isOpen, HookAddress.IsOpen(IPAddress.Parse(address)));

    [Fact]
    public async Task A_name_that_leads_back_into_this_machine_is_not_connected_to() =>
        await Assert.ThrowsAsync<ClosedAddressException>(
            async () => await HookAddress.ConnectAsync(new DnsEndPoint("localhost", 443), mayBePrivate: false, TestContext.Current.CancellationToken));
}
