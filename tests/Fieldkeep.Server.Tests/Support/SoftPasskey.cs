using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fieldkeep.Server.Tests.Support;

/// <summary>An authenticator in software: a P-256 key that answers WebAuthn's questions as a phone or a security key does.</summary>
internal sealed class SoftPasskey(Uri origin) : IDisposable
{
    private static readonly string[] Transports = ["internal"];

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _id = RandomNumberGenerator.GetBytes(32);
    private string _userHandle = "";

    /// <summary>Counts its answers.</summary>
    public uint Count { get; set; }

    /// <summary>Whether it asks for a finger, face or PIN.</summary>
    public bool VerifiesUser { get; init; } = true;

    /// <summary>The page that it believes to answer.</summary>
    public string Origin { get; set; } = origin.GetLeftPart(UriPartial.Authority);

    private string RelyingParty { get; } = origin.Host;

    /// <summary>Answers the question for a new passkey.</summary>
    public object Register(JsonNode question)
    {
        var options = question["options"]!; // every question has them
        _userHandle = options["user"]!["id"]!.GetValue<string>(); // as WebAuthn has it
        byte[] attested = [.. new byte[16], .. BigEndian((ushort)_id.Length), .. _id, .. CoseKey()];
        byte[] authenticator = [.. AuthenticatorOf(0x40), .. attested];
        byte[] attestation =
        [
            0xA3, .. Text("fmt"), .. Text("none"), .. Text("attStmt"), 0xA0, .. Text("authData"), .. Bytes(authenticator),
        ];
        return AnswerOf(question, new
        {
            clientDataJSON = Base64Url.EncodeToString(ClientOf("webauthn.create", options)),
            attestationObject = Base64Url.EncodeToString(attestation),
            transports = Transports,
        });
    }

    /// <summary>Answers the question whether it is there.</summary>
    public object Answer(JsonNode question)
    {
        Count++;
        var client = ClientOf("webauthn.get", question["options"]!); // every question has them
        var authenticator = AuthenticatorOf(0);
        var signature = _key.SignData(
            [.. authenticator, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return AnswerOf(question, new
        {
            clientDataJSON = Base64Url.EncodeToString(client),
            authenticatorData = Base64Url.EncodeToString(authenticator),
            signature = Base64Url.EncodeToString(signature),
            userHandle = _userHandle,
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private object AnswerOf(JsonNode question, object response) => new
    {
        ticket = question["ticket"]!.GetValue<string>(), // every question has one
        credential = new
        {
            id = Base64Url.EncodeToString(_id),
            rawId = Base64Url.EncodeToString(_id),
            type = "public-key",
            clientExtensionResults = new { },
            response,
        },
    };

    private byte[] ClientOf(string type, JsonNode options) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type,
        challenge = options["challenge"]!.GetValue<string>(), // as WebAuthn has it
        origin = Origin,
        crossOrigin = false,
    });

    private byte[] AuthenticatorOf(byte flags)
    {
        var count = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(count, Count);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(RelyingParty)), (byte)(flags | 0x01 | (VerifiesUser ? 0x04 : 0)), .. count];
    }

    // CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
    private byte[] CoseKey()
    {
        var point = _key.ExportParameters(false).Q;
        return [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, .. Bytes(point.X ?? []), 0x22, .. Bytes(point.Y ?? [])];
    }

    private static byte[] Text(string text) => [(byte)(0x60 | text.Length), .. Encoding.ASCII.GetBytes(text)];

    private static byte[] Bytes(byte[] bytes) => bytes.Length < 256
        ? [0x58, (byte)bytes.Length, .. bytes]
        : [0x59, .. BigEndian((ushort)bytes.Length), .. bytes];

    private static byte[] BigEndian(ushort number) => [(byte)(number >> 8), (byte)number];
}
