using Fieldkeep.Server.Accounts.AccessLog;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.AccessLog;

public sealed class AgentWordsTests
{
    [Theory]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge", "Windows")]
    [InlineData("Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome", "Android")]
    [InlineData("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1", "Safari", "iOS")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", "Safari", "macOS")]
    [InlineData("org.odk.collect.android/v2025.3.1 (Dalvik/2.1.0 (Linux; U; Android 13; SM-A145F))", "ODK Collect", "Android")]
    [InlineData("org.koboc.collect.android/v2025.2 Dalvik/2.1.0 (Linux; U; Android 9)", "KoboCollect", "Android")]
    [InlineData("pyodk/1.2.1 python-requests/2.32", "pyodk", null)]
    [InlineData("curl/8.14.1", "curl", null)]
    [InlineData("<script>alert(1)</script>", null, null)]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void A_client_is_said_in_words(string? agent, string? browser, string? system)
    {
        var said = AgentWords.Of(agent);

        Assert.Equal(new AgentWords(browser, system), said);
        Assert.Equal(said, AgentWords.OfKept(said.Kept));
    }
}
