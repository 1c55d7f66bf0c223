using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Envelopes;
using Fieldkeep.Vault.Keys;
using Xunit;

namespace Fieldkeep.Vault.Tests;

/// <summary>Holds this implementation, and a second one in JavaScript, to the vectors on disk.</summary>
public sealed class VectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Vectors");

    public static TheoryData<string> EnvelopeNames => [.. Blocks("envelope.txt").Select(block => block["name"])];

    [Theory]
    [MemberData(nameof(EnvelopeNames))]
    public void An_envelope_comes_out_as_in_the_vectors_and_opens(string name)
    {
        var vector = Blocks("envelope.txt").Single(block => block["name"] == name);
        using var key = new DataKey(
            new KeyId(Guid.Parse(vector["keyid"])), new SecretBytes(Convert.FromHexString(vector["key"])), Some.Day);
        var context = new EnvelopeContext(
            Guid.Parse(vector["installation"]), Guid.Parse(vector["project"]), vector["column"], Guid.Parse(vector["row"]),
            long.Parse(vector["version"], CultureInfo.InvariantCulture));
        var header = new EnvelopeHeader(
            (EnvelopeFlags)Byte(vector, "flags"), (EnvelopePurpose)Byte(vector, "purpose"), key.Id);
        var content = Content(vector["content"]);

        var envelope = Envelope.SealWithSalt(key, header, context, content, Convert.FromHexString(vector["salt"]));

        if (vector.TryGetValue("envelope", out var whole))
        {
            Assert.Equal(whole, Convert.ToHexStringLower(envelope));
        }
        else
        {
            Assert.Equal(vector["sha256"], Convert.ToHexStringLower(SHA256.HashData(envelope)));
        }

        var plain = vector.TryGetValue("plain", out var text) ? Encoding.UTF8.GetBytes(text) : content;
        Assert.Equal(plain, Envelope.Open(key, header.Purpose, context, envelope));
    }

    [Fact]
    public void The_keyring_vector_opens_with_its_root_key_and_its_recovery_key()
    {
        var vector = Blocks("keyring.txt").Single();
        using var directory = new ScratchDirectory();
        var path = Path.Combine(directory.Path, "keyring");
        File.WriteAllBytes(path, Convert.FromHexString(vector["keyring"]));
        using var root = RootKey.Recover([path], vector["recovery"]);
        Assert.Equal(vector["root"], Convert.ToHexStringLower(root.Secret.Span));
        using var keyring = Keyring.OpenReadOnly(root, [path], TimeProvider.System);
        Assert.Equal(vector["installation"], keyring.InstallationId.ToString());
        var primary = keyring.GetProjectKeys(Guid.Parse(vector["project"])).Primary;
        Assert.Equal(vector["dataKeyId"], primary.Id.ToString());
        Assert.Equal(vector["dataKey"], Convert.ToHexStringLower(primary.Secret.Span));
    }

    [Fact]
    public void The_shares_in_the_vectors_bring_their_keys_back()
    {
        foreach (var vector in Blocks("shares.txt"))
        {
            var (needed, all) = (int.Parse(vector["needed"], CultureInfo.InvariantCulture), int.Parse(vector["shares"], CultureInfo.InvariantCulture));
            var texts = Enumerable.Range(1, all).Select(at => vector[$"share{at}"]).ToList();
            foreach (var some in new[] { texts.Take(needed), texts.TakeLast(needed), texts.AsEnumerable().Reverse() })
            {
                using var key = RecoveryShares.Combine(string.Join('\n', some));
                Assert.Equal(vector["key"], Convert.ToHexStringLower(key.Span));
            }
        }
    }

    [Fact]
    public async Task A_second_implementation_in_JavaScript_agrees_on_every_vector()
    {
        var said = await NodeCheck.RunAsync(Path.Combine(Folder, "check.mjs"));
        Assert.DoesNotContain("WRONG", said, StringComparison.Ordinal);
        Assert.Equal((2 * EnvelopeNames.Count) + 3 + (2 * Blocks("shares.txt").Count), said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static byte Byte(Dictionary<string, string> vector, string name) =>
        byte.Parse(vector[name], CultureInfo.InvariantCulture);

    private static byte[] Content(string text)
    {
        if (!text.StartsWith("pattern ", StringComparison.Ordinal))
        {
            return Convert.FromHexString(text);
        }

        var length = int.Parse(text.AsSpan(8), CultureInfo.InvariantCulture);
        return [.. Enumerable.Range(0, length).Select(at => (byte)(((at * 7) + length) & 255))];
    }

    private static List<Dictionary<string, string>> Blocks(string file) =>
    [
        .. File.ReadAllText(Path.Combine(Folder, file)).Split("\n\n")
            .Select(block => block.Split('\n')
                .Where(line => line.Contains(" =", StringComparison.Ordinal) && !line.StartsWith('#'))
                .Select(line => line.Split(" =", 2))
                .ToDictionary(parts => parts[0].Trim(), parts => parts[1].Trim()))
            .Where(block => block.Count > 0),
    ];
}
