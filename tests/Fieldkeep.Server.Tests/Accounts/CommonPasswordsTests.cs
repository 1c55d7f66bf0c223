using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Passwords;
using Fieldkeep.Server.Kernel;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

public sealed class CommonPasswordsTests
{
    [Theory]
    [InlineData("123456")]
    [InlineData("password")]
    [InlineData("1234567890")]
    [InlineData("BaskETball")]
    [InlineData("qwertyuiop")]
    public void A_password_that_many_use_is_known_in_whatever_case(string password) => Assert.True(CommonPasswords.Has(password));

    [Theory]
    [InlineData("correct-plum-battery-ladder-42")]
    [InlineData("")]
    public void Others_are_not(string password) => Assert.False(CommonPasswords.Has(password));

    [Fact]
    public void The_list_is_the_one_that_the_docs_tell() => Assert.Equal(49_233, CommonPasswords.Count);

    [Fact]
    public void A_common_password_is_refused_with_a_reason_of_its_own()
    {
        var problem = Assert.Throws<ProblemException>(() => PasswordStrength.Require("1234567890"));

        Assert.Equal("password.weak", problem.Code);
        Assert.StartsWith("Many people use this password", problem.Message, StringComparison.Ordinal);
    }
}
