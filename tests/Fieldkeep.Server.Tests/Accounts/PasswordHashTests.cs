using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Server.Tests.Accounts;

public sealed class PasswordHashTests : IDisposable
{
    // Python: hashlib.pbkdf2_hmac("sha256", b"correct horse battery", b"fieldkeepsalt", 1000), as Django writes it.
    private const string Django = "pbkdf2_sha256$1000$fieldkeepsalt$YW27ruL4YgAnyyMvu0f/e76d+AWcdLXd155a8S6hcRQ=";

    private readonly string _folder = Directory.CreateTempSubdirectory("fieldkeep-pepper-").FullName;
    private readonly Keyring _keyring;
    private readonly PasswordHash _passwords;

    public PasswordHashTests()
    {
        _keyring = Keyring.Create(KeyringFiles.Below(_folder), TimeProvider.System);
        _passwords = new PasswordHash(_keyring, PasswordCost.Usual);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _passwords.Dispose();
        _keyring.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_stored_password_says_how_it_was_hashed_and_matches_only_itself()
    {
        var stored = await _passwords.OfAsync(Some.Password, Token);

        Assert.Matches(@"^fk1\$pbkdf2-sha256\$600000\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}$", stored);
        Assert.True(await _passwords.MatchesAsync(Some.Password, stored, Token));
        Assert.False(await _passwords.MatchesAsync(Some.Password + " ", stored, Token));
        Assert.False(_passwords.IsOutdated(stored));
    }

    [Fact]
    public async Task The_same_password_is_never_stored_alike() =>
        Assert.NotEqual(await _passwords.OfAsync(Some.Password, Token), await _passwords.OfAsync(Some.Password, Token));

    [Fact]
    public async Task Without_this_installations_pepper_a_stolen_hash_matches_nothing()
    {
        var stored = await _passwords.OfAsync(Some.Password, Token);
        using var otherKeys = Keyring.Create(KeyringFiles.Below(Path.Combine(_folder, "other")), TimeProvider.System);
        using var other = new PasswordHash(otherKeys, PasswordCost.Usual);

        Assert.False(await other.MatchesAsync(Some.Password, stored, Token));
    }

    [Fact]
    public async Task A_hash_of_django_is_accepted_and_outdated()
    {
        Assert.True(await _passwords.MatchesAsync("correct horse battery", Django, Token));
        Assert.False(await _passwords.MatchesAsync("correct horse batter", Django, Token));
        Assert.True(_passwords.IsOutdated(Django));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("fk1$pbkdf2-sha256$0$AAAA$AAAA")]
    [InlineData("fk1$pbkdf2-sha256$600000$!$!")]
    [InlineData("pbkdf2_sha256$999999999$salt$AAAA")]
    [InlineData("bcrypt_sha256$whatever")]
    public async Task A_string_that_is_no_hash_matches_nothing(string? stored) =>
        Assert.False(await _passwords.MatchesAsync(Some.Password, stored, Token));

    [Fact]
    public async Task When_too_many_wait_the_rest_are_sent_away_at_once()
    {
        using var tired = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var waiting = Enumerable.Range(0, 150)
            .Select(_ => Task.Run(() => _passwords.MatchesAsync("x", null, tired.Token), Token)).ToArray();
        // Those that had a place at once may be done before the last of them are there.
        var first = await Task.WhenEach(waiting).FirstAsync(one => !one.IsCompletedSuccessfully, Token);
        await Assert.ThrowsAsync<ProblemException>(() => first);
        await tired.CancelAsync();

        var busy = 0;
        foreach (var one in waiting)
        {
            try
            {
                await one;
            }
            catch (ProblemException problem) when (problem.Status == 503)
            {
                Assert.NotNull(problem.RetryAfter);
                busy++;
            }
            catch (OperationCanceledException)
            {
                // Had a place in the queue and gave it up.
            }
        }

        Assert.InRange(busy, 1, 149);
    }
}
