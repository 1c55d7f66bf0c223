using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

public sealed class PasswordStrengthTests
{
    [Theory]
    [InlineData("short")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("password1234")]
    [InlineData("qwertyuiop12")]
    [InlineData("0123456789")]
    public void A_password_that_is_easily_guessed_is_refused_with_advice(string password)
    {
        var refused = Assert.Throws<ProblemException>(() => PasswordStrength.Require(password));

        Assert.Equal("password.weak", refused.Code);
        Assert.True(refused.Details?.ContainsKey("feedback"));
    }

    [Fact]
    public void Ones_own_name_address_and_organisation_make_no_password() =>
        Assert.Throws<ProblemException>(() => PasswordStrength.Require(
            "plumrelieforganisation", "amina@plumrelief.org", "Plum Relief", "organisation", "plumrelief"));

    [Theory]
    [InlineData(Some.Password)]
    [InlineData(Some.OtherPassword)]
    [InlineData("пять быстрых выдр на крыше")]
    public void Several_uncommon_words_pass_without_rules_on_their_letters(string password) =>
        PasswordStrength.Require(password, "amina@example.org", "Amina");

    [Fact]
    public void The_longest_password_is_scored_quickly_and_a_longer_one_refused()
    {
        PasswordStrength.Require(string.Concat(Enumerable.Repeat("seven quiet otters paint ", 11))[..256]);

        Assert.Equal(
            "password.too_long",
            Assert.Throws<ProblemException>(() => PasswordStrength.Require(new string('x', 257))).Code);
    }
}
