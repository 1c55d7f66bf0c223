using System.Net.Security;

namespace Fieldkeep.Tls;

/// <summary>Gives the certificate the server shows; made here or given by the operator.</summary>
internal interface ICertificateSource
{
    /// <summary>The certificate with its chain, as of now: renewed or reread when it is time.</summary>
    SslStreamCertificateContext Current { get; }
}
