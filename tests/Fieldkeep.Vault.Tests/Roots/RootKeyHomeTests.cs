using System.Text.Json;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Roots;
using Fieldkeep.Vault.Tests.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests.Roots;

/// <summary>The root key at each provider: it opens, it moves, and whatever goes wrong is told as what it is.</summary>
public sealed class RootKeyHomeTests : KeyringStage
{
    private const string Words = "five words that nobody guesses";

    private readonly KeyServiceDouble _service = new();

    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal)
    {
        ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE",
        ["AWS_SECRET_ACCESS_KEY"] = "secret",
        ["VAULT_TOKEN"] = "s.token",
    };

    private readonly List<string> _told = [];

    private string? _typed = Words;
    private Action _asked = () => { };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Transit => $"vault:{_service.Address}/transit/fieldkeep";

    private RootKeyHome Home => new(
        Files,
        new ProviderSurroundings(Files.RootKeyPath, name => _variables.GetValueOrDefault(name), Ask, TimeProvider.System) { Patience = TimeSpan.FromSeconds(1), Tell = _told.Add });

    [Theory]
    [InlineData("env:FIELDKEEP_ROOT")]
    [InlineData("mount:$CREDENTIALS_DIRECTORY/root")]
    [InlineData("mount:root")]
    [InlineData("passphrase")]
    [InlineData("aws-kms:" + KeyServiceDouble.Arn)]
    [InlineData("vault")]
    public async Task It_moves_to_a_provider_opens_there_goes_into_backups_and_comes_back(string name)
    {
        using var keyring = Arrange();
        var provider = name == "vault" ? Transit : name;

        await Home.MoveAsync(provider, Token);

        Assert.Equal([provider], Home.Providers);
        Assert.False(File.Exists(Files.RootKeyPath) || Home.HasLeftover);
        using (var root = await Home.OpenAsync(Token))
        {
            Assert.Equal(keyring.RootFingerprint, root.Fingerprint);
        }

        // From one copy of the keyring alone, as after a disaster.
        var target = KeyringTargets.KeyringPathsIn(Path.Combine(Scratch.Path, "target"));
        keyring.CopyTo(target);
        Assert.Equal(provider, Assert.Single(RootSlips.Read([target[1]])).Provider);
        Assert.Equal(VaultFailure.AlreadyExists, Refusal(() => keyring.RotateRoot()));
        await Home.MoveAsync("file", Token);
        Assert.Equal(["file"], Home.Providers);
        Open().Dispose();
        Assert.Empty(RootSlips.Read(Files.KeyringPaths));
    }

    [Fact]
    public async Task Who_is_refused_leaves_no_key_in_clear_beside_the_keyring()
    {
        using var keyring = Arrange();
        await Home.MoveAsync("passphrase", Token);
        _asked = () => RootSlips.Write(Files.KeyringPaths, [.. RootSlips.Read(Files.KeyringPaths), new RootSlip("env:OTHER", keyring.RootFingerprint)]);

        var refused = await Assert.ThrowsAsync<VaultException>(() => Home.MoveAsync("file", Token));

        Assert.Equal(VaultFailure.KeyringBusy, refused.Reason);
        Assert.False(File.Exists(Files.RootKeyPath));
    }

    [Fact]
    public async Task Who_moves_it_while_somebody_else_did_is_refused_and_nothing_is_lost()
    {
        using var keyring = Arrange();
        var other = new RootSlip("env:OTHER", keyring.RootFingerprint);
        _asked = () => RootSlips.Write(Files.KeyringPaths, [other]);

        var refused = await Assert.ThrowsAsync<VaultException>(() => Home.MoveAsync("passphrase", Token));

        Assert.Equal(VaultFailure.KeyringBusy, refused.Reason);
        Assert.Equal("env:OTHER", Assert.Single(RootSlips.Read(Files.KeyringPaths)).Provider);
        Assert.True(File.Exists(Files.RootKeyPath));
    }

    [Fact]
    public async Task While_it_moves_both_open_and_what_is_left_is_told()
    {
        using var keyring = Arrange();
        var before = await File.ReadAllBytesAsync(Files.RootKeyPath, Token);
        await Home.MoveAsync("passphrase", Token);
        var after = RootSlips.Read(Files.KeyringPaths);

        // Killed when both stood there, with either provider away.
        await File.WriteAllBytesAsync(Files.RootKeyPath, before, Token);
        File.SetUnixFileMode(Files.RootKeyPath, UnixFileMode.UserRead);
        RootSlips.Write(Files.KeyringPaths, [new RootSlip("file", keyring.RootFingerprint), .. after]);
        Assert.Equal(["file", "passphrase"], Home.Providers);
        _typed = null;
        (await Home.OpenAsync(Token)).Dispose();
        File.Delete(Files.RootKeyPath);
        _typed = Words;
        (await Home.OpenAsync(Token)).Dispose();

        // Killed before the file went.
        RootSlips.Write(Files.KeyringPaths, after);
        await File.WriteAllBytesAsync(Files.RootKeyPath, before, Token);
        File.SetUnixFileMode(Files.RootKeyPath, UnixFileMode.UserRead);
        Assert.True(Home.HasLeftover);
        await Home.MoveAsync("passphrase", Token);
        Assert.False(Home.HasLeftover);
    }

    [Fact]
    public async Task What_people_give_wrongly_is_told_as_what_it_is()
    {
        using var keyring = Arrange();
        await RefusesAsync(VaultFailure.UnknownFormat, () => Home.MoveAsync("safe-deposit-box", Token));
        await RefusesAsync(VaultFailure.UnknownFormat, () => Home.MoveAsync("aws-kms:alias/key", Token));
        await RefusesAsync(VaultFailure.UnknownFormat, () => Home.MoveAsync("vault:ftp://a/b/c", Token));
        await RefusesAsync(VaultFailure.UnknownFormat, () => Home.MoveAsync("vault:http://vault.example.org/transit/key", Token));
        await RefusesAsync(VaultFailure.UnknownFormat, () => Home.MoveAsync("aws-kms:arn:aws:kms:evil.example/x:1:key/a", Token));
        await RefusesAsync(VaultFailure.RootKeyMissing, () => Home.MoveAsync("env:NOT_SET", Token));
        _variables["OTHER"] = Convert.ToBase64String(OtherRoot());
        await RefusesAsync(VaultFailure.RootKeyMismatch, () => Home.MoveAsync("env:OTHER", Token));
        _variables["OTHER"] = "not base64!";
        await RefusesAsync(VaultFailure.UnknownFormat, () => Home.MoveAsync("env:OTHER", Token));
        _typed = "short";
        await RefusesAsync(VaultFailure.PassphraseMissing, () => Home.MoveAsync("passphrase", Token));
        Assert.Equal(["file"], Home.Providers);

        _typed = Words;
        await Home.MoveAsync("passphrase", Token);
        _typed = Words.ToUpperInvariant();
        await RefusesAsync(VaultFailure.PassphraseWrong, () => Home.OpenAsync(Token));
        _typed = null;
        await RefusesAsync(VaultFailure.PassphraseMissing, () => Home.OpenAsync(Token));
        var slip = RootSlips.Read(Files.KeyringPaths)[0];
        RootSlips.Write(Files.KeyringPaths, [slip with { Iterations = 1 }]);
        await RefusesAsync(VaultFailure.RootKeyDamaged, () => Home.OpenAsync(Token));
        // One damaged copy is passed over, two are not.
        RootSlips.Write(Files.KeyringPaths, [slip]);
        _typed = Words;
        await File.WriteAllTextAsync(SlipBeside(0), "{", Token);
        (await Home.OpenAsync(Token)).Dispose();
        await File.WriteAllTextAsync(SlipBeside(1), "", Token);
        await RefusesAsync(VaultFailure.RootKeyDamaged, () => Home.OpenAsync(Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_key_service_does_on_a_bad_day_is_told_as_what_it_is(bool isKms)
    {
        using var keyring = Arrange();
        await Home.MoveAsync(isKms ? "aws-kms:" + KeyServiceDouble.Arn : Transit, Token);
        var asked = _service.Requests.Count;

        _service.Mood = request => request == asked + 1 ? (429, "{}") : request == asked + 2 ? (503, "<html>Service Unavailable</html>") : null;
        (await Home.OpenAsync(Token)).Dispose();
        Assert.Equal(asked + 3, _service.Requests.Count);
        if (isKms)
        {
            _service.Mood = request => request == asked + 4 ? (400, """{"__type":"ThrottlingException","message":"Rate exceeded"}""") : null;
            (await Home.OpenAsync(Token)).Dispose();
        }

        _service.Mood = _ => (200, "{\"Plaintext\": \"AAAA");
        await RefusesAsync(VaultFailure.ProviderUnreachable, () => Home.OpenAsync(Token));
        _service.Mood = _ => (200, """{"Plaintext": "AAAA", "data": {"plaintext": "AAAA"}}""");
        await RefusesAsync(VaultFailure.ProviderRefused, () => Home.OpenAsync(Token));
        _service.Mood = _ => (200, """{"Plaintext": 1, "data": []}""");
        await RefusesAsync(VaultFailure.ProviderRefused, () => Home.OpenAsync(Token));
        var other = Convert.ToBase64String(OtherRoot()[8..40]);
        _service.Mood = _ => (200, JsonSerializer.Serialize(new { Plaintext = other, data = new { plaintext = other } }));
        await RefusesAsync(VaultFailure.RootKeyMismatch, () => Home.OpenAsync(Token));
        _service.Mood = _ => (403, """{"__type":"AccessDeniedException","message":"secret"}""");
        Assert.DoesNotContain("secret", (await RefusesAsync(VaultFailure.ProviderRefused, () => Home.OpenAsync(Token))).Message, StringComparison.Ordinal);
        _service.Mood = _ => null;
        _service.ReplaceKey();
        await RefusesAsync(VaultFailure.ProviderRefused, () => Home.OpenAsync(Token));
        _service.Slowness = TimeSpan.FromSeconds(2);
        await RefusesAsync(VaultFailure.ProviderUnreachable, () => Home.OpenAsync(Token));
        _variables.Remove("VAULT_TOKEN");
        _variables.Remove("AWS_SECRET_ACCESS_KEY");
        await RefusesAsync(VaultFailure.RootKeyMissing, () => Home.OpenAsync(Token));
    }

    [Fact]
    public async Task A_slip_that_somebody_put_there_is_told_and_with_the_provider_named_nobody_strange_is_asked()
    {
        using var keyring = Arrange();
        await Home.MoveAsync("env:FIELDKEEP_ROOT", Token);
        var slip = RootSlips.Read(Files.KeyringPaths)[0];
        RootSlips.Write(Files.KeyringPaths, [new RootSlip(Transit, slip.Fingerprint) { Wrapped = "vault:v1:forged" }, slip]);
        _service.Mood = _ => (403, "{}");
        var asked = _service.Requests.Count;

        (await Home.OpenAsync(Token)).Dispose();
        Assert.Contains(_told, line => line.Contains(Transit, StringComparison.Ordinal));
        Assert.NotEqual(asked, _service.Requests.Count);

        asked = _service.Requests.Count;
        _variables[RootKeyProviders.PinSetting] = "env:FIELDKEEP_ROOT";
        (await Home.OpenAsync(Token)).Dispose();
        Assert.Equal(asked, _service.Requests.Count);
        _variables[RootKeyProviders.PinSetting] = "passphrase";
        await RefusesAsync(VaultFailure.ProviderRefused, () => Home.OpenAsync(Token));
    }

    [Fact]
    public void The_vector_of_a_passphrase_comes_out()
    {
        using var root = RootKey.FromSecret([.. Enumerable.Range(0, 32).Select(at => (byte)at)], "vector");
        var slip = PassphraseRoot.Wrap(root, "correct horse battery staple", [.. Enumerable.Range(16, 16).Select(at => (byte)at)], 600_000);

        var vector = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "root.txt")).Where(line => !line.StartsWith('#')).ToList();
        Assert.Equal(vector, [slip.Fingerprint, slip.Wrapped ?? ""]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _service.Dispose();
        }

        base.Dispose(disposing);
    }

    private static byte[] OtherRoot()
    {
        using var scratch = new ScratchDirectory();
        using var other = RootKey.Create();
        other.Write(scratch.Files.RootKeyPath);
        return File.ReadAllBytes(scratch.Files.RootKeyPath);
    }

    private static async Task<VaultException> RefusesAsync(VaultFailure reason, Func<Task> action)
    {
        var refused = await Assert.ThrowsAsync<VaultException>(action);
        Assert.True(refused.Reason == reason, refused.ToString());
        return refused;
    }

    private string SlipBeside(int copy) => Path.Combine(Path.GetDirectoryName(Files.KeyringPaths[copy]) ?? "", RootSlips.FileName);

    private Keyring Arrange()
    {
        var keyring = Create();
        var root = File.ReadAllBytes(Files.RootKeyPath);
        _variables["AWS_ENDPOINT_URL_KMS"] = _service.Address;
        _variables["FIELDKEEP_ROOT"] = Convert.ToBase64String(root);
        _variables["CREDENTIALS_DIRECTORY"] = Path.Combine(Scratch.Path, "credentials");
        Directory.CreateDirectory(_variables["CREDENTIALS_DIRECTORY"]);
        File.WriteAllBytes(Path.Combine(_variables["CREDENTIALS_DIRECTORY"], "root"), root);
        return keyring;
    }

    private string? Ask()
    {
        _asked();
        return _typed;
    }
}
