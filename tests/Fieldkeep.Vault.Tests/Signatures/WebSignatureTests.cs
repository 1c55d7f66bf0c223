using System.Text;
using Fieldkeep.Vault.Signatures;
using Xunit;

namespace Fieldkeep.Vault.Tests.Signatures;

public sealed class WebSignatureTests
{
    // RFC 7515, appendix A.3.
    private const string Signed =
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    private const string Keys = """
        {"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
        """;

    [Fact]
    public void The_example_of_rfc_7515_opens()
    {
        var opened = WebSignature.Open(Signed, Keys);

        Assert.Equal(SignatureState.Good, opened.State);
        Assert.StartsWith("{\"iss\":\"joe\"", Encoding.UTF8.GetString(opened.Payload ?? []), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_character_anywhere_is_refused()
    {
        for (var at = 0; at < Signed.Length; at++)
        {
            // The last character of a part holds bits that are not used.
            if (Signed[at] == '.' || at == Signed.Length - 1 || Signed[at + 1] == '.')
            {
                continue;
            }

            var changed = $"{Signed[..at]}{(Signed[at] == 'A' ? 'B' : 'A')}{Signed[(at + 1)..]}";
            Assert.NotEqual(SignatureState.Good, WebSignature.Open(changed, Keys).State);
        }
    }

    [Theory]
    [InlineData("""{"keys":[]}""", SignatureState.KeyUnknown)]
    [InlineData("not json", SignatureState.KeyUnknown)]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]}""", SignatureState.Refused)]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-384","x":"f83O","y":"x_FE"}]}""", SignatureState.Refused)]
    [InlineData("""{"keys":[{"kty":"EC","use":"enc","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}""", SignatureState.KeyUnknown)]
    public void Other_keys_open_nothing(string keys, SignatureState state) => Assert.Equal(state, WebSignature.Open(Signed, keys).State);

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"HS256"}""")]
    [InlineData("""{"alg":"ES256","crit":["exp"]}""")]
    [InlineData("""[]""")]
    [InlineData("""{"alg":5}""")]
    public void Another_algorithm_and_what_is_not_understood_is_refused(string header)
    {
        var head = Convert.ToBase64String(Encoding.UTF8.GetBytes(header)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var rest = Signed[Signed.IndexOf('.', StringComparison.Ordinal)..];

        Assert.Equal(SignatureState.Refused, WebSignature.Open(head + rest, Keys).State);
        Assert.Equal(SignatureState.Refused, WebSignature.Open($"{head}..", Keys).State);
        Assert.Equal(SignatureState.Refused, WebSignature.Open("", Keys).State);
    }
}
