using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Fieldkeep.Cli;

namespace Fieldkeep.Tls;

/// <summary>A certificate the operator gives, as PEM or PFX; read again when its file changes.</summary>
internal sealed class CertificateFile : ICertificateSource
{
    private const string PasswordFile = "FIELDKEEP_CERTIFICATE_PASSWORD_FILE";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly string _file;
    private readonly string? _keyFile;
    private readonly TimeProvider _clock;
    private readonly Lock _reading = new();
    private SslStreamCertificateContext _current;
    private DateTime _written;
    private DateTimeOffset _lookAt;

    private CertificateFile(string file, string? keyFile, TimeProvider clock)
    {
        _file = file;
        _keyFile = keyFile;
        _clock = clock;
        _written = File.GetLastWriteTimeUtc(file);
        _lookAt = clock.GetUtcNow() + LookEvery;
        _current = Read();
    }

    /// <inheritdoc />
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_reading)
            {
                if (_clock.GetUtcNow() >= _lookAt)
                {
                    _lookAt = _clock.GetUtcNow() + LookEvery;
                    ReadIfChanged();
                }

                return _current;
            }
        }
    }

    /// <summary>Opens a certificate file.</summary>
    /// <param name="file">PEM with the chain, or PFX.</param>
    /// <param name="keyFile">The PEM key, when it is not in the same file.</param>
    /// <param name="clock">Says when to look for a new file.</param>
    /// <exception cref="CommandException">It cannot be used.</exception>
    public static CertificateFile Open(string file, string? keyFile, TimeProvider clock)
    {
        try
        {
            return new CertificateFile(file, keyFile, clock);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CommandException(
                ExitCodes.CertificateUnusable,
                $"the certificate {file} cannot be used: {e.Message}",
                $"give a PEM file (with --certificate-key when the key is apart) or a PFX (its password in the file named by {PasswordFile})");
        }
    }

    private void ReadIfChanged()
    {
        var written = File.GetLastWriteTimeUtc(_file);
        if (written == _written)
        {
            return;
        }

        try
        {
            _current = Read();
            _written = written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // Half-written while being renewed: the old one serves on, the next look comes in a minute.
            Terminal.Tell($"the changed certificate {_file} cannot be read yet: {e.Message}");
        }
    }

    private SslStreamCertificateContext Read()
    {
        var (leaf, chain) = Path.GetExtension(_file).ToUpperInvariant() is ".PFX" or ".P12" ? ReadPfx() : ReadPem();
        if (new DateTimeOffset(leaf.NotAfter) < _clock.GetUtcNow())
        {
            Terminal.Tell($"the certificate {_file} expired on {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd}; browsers and phones will refuse it");
        }

        return SslStreamCertificateContext.Create(leaf, chain, offline: true);
    }

    private (X509Certificate2 Leaf, X509Certificate2Collection Chain) ReadPem()
    {
        var leaf = X509Certificate2.CreateFromPemFile(_file, _keyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_file);
        chain.RemoveAt(0);
        return (leaf, chain);
    }

    private (X509Certificate2 Leaf, X509Certificate2Collection Chain) ReadPfx()
    {
        var password = Environment.GetEnvironmentVariable(PasswordFile) is { Length: > 0 } file ? File.ReadAllText(file).TrimEnd('\n', '\r') : null;
        var chain = X509CertificateLoader.LoadPkcs12CollectionFromFile(_file, password, X509KeyStorageFlags.EphemeralKeySet);
        var leaf = chain.FirstOrDefault(one => one.HasPrivateKey) ?? throw new CryptographicException("no private key is in it");
        chain.Remove(leaf);
        return (leaf, chain);
    }
}
