using System.Globalization;
using System.Text;
using Fieldkeep.Server.Accounts.Factors;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts.Factors;

public sealed class TotpTests
{
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    // RFC 6238, appendix B, SHA-1; six of its eight digits.
    [Theory]
    [InlineData("1970-01-01T00:00:59Z", "287082")]
    [InlineData("2005-03-18T01:58:29Z", "081804")]
    [InlineData("2005-03-18T01:58:31Z", "050471")]
    [InlineData("2009-02-13T23:31:30Z", "005924")]
    [InlineData("2033-05-18T03:33:20Z", "279037")]
    [InlineData("2603-10-11T11:33:20Z", "353130")]
    public void Codes_are_those_of_the_rfc(string at, string code) =>
        Assert.Equal(code, Totp.CodeAt(Secret, Totp.StepAt(DateTimeOffset.Parse(at, CultureInfo.InvariantCulture))));

    // RFC 4226, appendix D.
    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(2, "359152")]
    [InlineData(3, "969429")]
    [InlineData(9, "520489")]
    public void Counters_give_the_codes_of_the_rfc(long counter, string code) => Assert.Equal(code, Totp.CodeAt(Secret, counter));

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_clock_may_be_off_by_one_step(int off, bool isTaken)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);
        var step = Totp.StepAt(now) + off;

        Assert.Equal(isTaken ? step : null, Totp.FindStep(Secret, Totp.CodeAt(Secret, step), 0, now));
    }

    [Fact]
    public void A_code_counts_once_and_none_before_it_after_that()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);
        var step = Totp.StepAt(now);

        Assert.Null(Totp.FindStep(Secret, Totp.CodeAt(Secret, step), step, now));
        Assert.Null(Totp.FindStep(Secret, Totp.CodeAt(Secret, step - 1), step, now));
        Assert.Equal(step + 1, Totp.FindStep(Secret, Totp.CodeAt(Secret, step + 1), step, now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("1234567")]
    [InlineData("12345a")]
    [InlineData("１２３４５６")]
    public void What_is_not_six_digits_is_no_code(string typed) =>
        Assert.Null(Totp.FindStep(Secret, typed, 0, DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void Base32_is_that_of_rfc_4648_without_padding(string text, string written) =>
        Assert.Equal(written, Base32.Of(Encoding.ASCII.GetBytes(text)));
}
