using Fieldkeep.Vault.Signatures;
using Xunit;

namespace Fieldkeep.Vault.Tests.Signatures;

/// <summary>Signs requests as any receiver can check with its standard library.</summary>
public sealed class HookSignatureTests
{
    // Made with: printf '1767225600.{"size":7}' | openssl dgst -sha256 -hmac 'secret'
    private const string Known = "t=1767225600,v1=2e4bb5cbd729ed81a525ec73df0190d49c9d0b9488339a14094067876045577f";

    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_767_225_600);

    [Fact]
    public void It_is_an_hmac_over_the_seconds_a_dot_and_the_body() => Assert.Equal(Known, HookSignature.Of("secret", At, """{"size":7}"""u8));

    [Fact]
    public void Another_time_body_or_secret_gives_another()
    {
        Assert.NotEqual(Known, HookSignature.Of("secret", At.AddSeconds(1), """{"size":7}"""u8));
        Assert.NotEqual(Known, HookSignature.Of("secret", At, """{"size":8}"""u8));
        Assert.NotEqual(Known, HookSignature.Of("Secret", At, """{"size":7}"""u8));
    }
}
