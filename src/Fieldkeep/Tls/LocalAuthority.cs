using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Fieldkeep.Tls;

/// <summary>A certificate authority of this installation alone, in <c>DATA/tls</c>, and the server certificate it signs.</summary>
/// <remarks>
/// ECDSA P-256. A phone or browser that trusts <c>ca.pem</c> trusts the server over every renewal. A clock that is wrong by years ends no trust: a running server
/// goes on with what it shows, and the authority that a start in the future replaced is kept beside the new one and comes back with the right time.
/// </remarks>
internal sealed class LocalAuthority : ICertificateSource
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Newest = "ca";
    private const string Former = "ca-former";

    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    private static readonly TimeSpan LeafLife = TimeSpan.FromDays(90);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromDays(30);

    // A phone's clock may be behind the server's.
    private static readonly TimeSpan Backdating = TimeSpan.FromDays(1);

    private readonly string _folder;
    private readonly IReadOnlyList<string> _names;
    private readonly TimeProvider _clock;
    private readonly Lock _renewing = new();
    private X509Certificate2 _authority;
    private X509Certificate2 _leaf;
    private SslStreamCertificateContext _current;

    private LocalAuthority(string folder, IReadOnlyList<string> names, TimeProvider clock)
    {
        _folder = folder;
        _names = names;
        _clock = clock;
        _authority = ReadPair(Newest) is { } known && EndOf(known) > clock.GetUtcNow() + LeafLife ? known : CreateAuthority();
        TakeBackFormer();
        _leaf = ReadPair("server") is { } last && IsStillGood(last) ? last : CreateLeaf();
        _current = Show(_leaf);
    }

    /// <summary>SHA-256 of the authority's certificate, as browsers and phones display it.</summary>
    public string Fingerprint =>
        string.Join(':', _authority.GetCertHash(HashAlgorithmName.SHA256).Select(part => part.ToString("X2", null)));

    /// <summary>The authority's certificate, for people to install.</summary>
    public string AuthorityFile => Path.Combine(_folder, "ca.pem");

    /// <inheritdoc />
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_renewing)
            {
                if (TakeBackFormer() || IsDue())
                {
                    _leaf = CreateLeaf();
                    _current = Show(_leaf);
                }

                return _current;
            }
        }
    }

    /// <summary>Opens the authority of a data directory; makes it on the first run.</summary>
    /// <param name="folder">Usually <c>DATA/tls</c>.</param>
    /// <param name="extraNames">Host names and addresses beside localhost and the machine's own name.</param>
    /// <param name="clock">Says when to renew.</param>
    public static LocalAuthority Open(string folder, IEnumerable<string> extraNames, TimeProvider clock)
    {
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        string[] names = ["localhost", "127.0.0.1", "::1", Dns.GetHostName(), .. extraNames];
        return new LocalAuthority(folder, [.. names.Distinct(StringComparer.OrdinalIgnoreCase)], clock);
    }

    private SslStreamCertificateContext Show(X509Certificate2 leaf) => SslStreamCertificateContext.Create(leaf, [_authority], offline: true);

    private static DateTimeOffset BeginningOf(X509Certificate2 certificate) => new(certificate.NotBefore);

    private static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter);

    // Outside of the authority's own life nothing better could be made. Its last certificate ends with it.
    private bool IsDue()
    {
        var now = _clock.GetUtcNow();
        return now >= BeginningOf(_authority) && now < EndOf(_authority)
            && ((now >= EndOf(_leaf) - RenewBefore && EndOf(_leaf) < EndOf(_authority)) || now < BeginningOf(_leaf));
    }

    // The authority was made while the clock was wrong: what people installed is the one before.
    private bool TakeBackFormer()
    {
        var now = _clock.GetUtcNow();
        if (now >= BeginningOf(_authority) || ReadPair(Former) is not { } former || now < BeginningOf(former) || now >= EndOf(former) - LeafLife)
        {
            return false;
        }

        using var key = former.GetECDsaPrivateKey() ?? throw new InvalidOperationException($"The former authority in {_folder} has no ECDSA key.");
        WritePair(Newest, former, key);
        _authority = former;
        return true;
    }

    private bool IsStillGood(X509Certificate2 leaf) =>
        EndOf(leaf) - RenewBefore > _clock.GetUtcNow()
        && BeginningOf(leaf) <= _clock.GetUtcNow()
        && leaf.IssuerName.RawData.AsSpan().SequenceEqual(_authority.SubjectName.RawData)
        && leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Any(IsOurs)
        && leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Any(names => names.RawData.AsSpan().SequenceEqual(Names().RawData));

    private bool IsOurs(X509AuthorityKeyIdentifierExtension issuer) =>
        issuer.KeyIdentifier is { } id
        && _authority.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any(own => own.SubjectKeyIdentifierBytes.Span.SequenceEqual(id.Span));

    private X509Certificate2 CreateAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName($"Fieldkeep on {Dns.GetHostName()} {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        name.AddOrganizationName("Fieldkeep local authority");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = _clock.GetUtcNow();
        using var made = request.CreateSelfSigned(now - Backdating, now + AuthorityLife);
        using (var former = ReadPair(Newest))
        using (var formerKey = former?.GetECDsaPrivateKey())
        {
            if (former is not null && formerKey is not null)
            {
                WritePair(Former, former, formerKey);
            }
        }

        WritePair(Newest, made, key);
        // A new authority makes the old server certificate worthless.
        File.Delete(Path.Combine(_folder, "server.pem"));
        return ReadPair(Newest) ?? throw new InvalidOperationException($"The authority written to {_folder} cannot be read back.");
    }

    private X509Certificate2 CreateLeaf()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(Dns.GetHostName());
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "TLS server")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));
        request.CertificateExtensions.Add(Names());
        var from = _clock.GetUtcNow() - Backdating;
        from = from > BeginningOf(_authority) ? from : BeginningOf(_authority);
        var to = from + Backdating + LeafLife;
        using var made = request.Create(_authority, from, to < EndOf(_authority) ? to : EndOf(_authority), Serial());
        WritePair("server", made, key);
        return ReadPair("server") ?? throw new InvalidOperationException($"The certificate written to {_folder} cannot be read back.");
    }

    private X509SubjectAlternativeNameExtension Names()
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in _names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(name);
            }
        }

        return new X509SubjectAlternativeNameExtension(names.Build().RawData);
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        // RFC 5280 §4.1.2.2: a positive number.
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }

    private X509Certificate2? ReadPair(string name)
    {
        var certificate = Path.Combine(_folder, name + ".pem");
        var key = Path.Combine(_folder, name + ".key");
        return File.Exists(certificate) && File.Exists(key) ? X509Certificate2.CreateFromPemFile(certificate, key) : null;
    }

    private void WritePair(string name, X509Certificate2 certificate, ECDsa key)
    {
        // The key first: a certificate without its key would be read as a pair.
        Write(Path.Combine(_folder, name + ".key"), key.ExportPkcs8PrivateKeyPem() + "\n", OwnerOnly);
        Write(
            Path.Combine(_folder, name + ".pem"),
            certificate.ExportCertificatePem() + "\n",
            OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static void Write(string path, string text, UnixFileMode mode)
    {
        var fresh = path + ".new";
        File.Delete(fresh);
        using (var file = new FileStream(fresh, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = mode,
        }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(text);
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
