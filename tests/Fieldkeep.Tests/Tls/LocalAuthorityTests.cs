using System.Security.Cryptography.X509Certificates;
using Fieldkeep.Tests.Support;
using Fieldkeep.Tls;
using Xunit;

namespace Fieldkeep.Tests.Tls;

public sealed class LocalAuthorityTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly MovableClock _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_authority_and_certificate_serve_over_restarts()
    {
        var first = Open();
        var second = Open();

        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.Equal(Thumbprint(first), Thumbprint(second));
    }

    [Fact]
    public void The_certificate_is_valid_for_this_machine_under_its_authority()
    {
        var authority = Open("field.example.org", "192.0.2.7");
        var leaf = authority.Current.TargetCertificate;

        Assert.All(["localhost", "127.0.0.1", "::1", "field.example.org", "192.0.2.7"], name => Assert.True(leaf.MatchesHostname(name), name));
        Assert.False(leaf.MatchesHostname("elsewhere.example.org"));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = _clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authority.AuthorityFile));
        Assert.True(chain.Build(leaf), string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation)));
    }

    [Fact]
    public void A_running_server_renews_its_certificate_a_month_before_it_expires_and_keeps_its_authority()
    {
        var authority = Open();
        var before = Thumbprint(authority);
        var fingerprint = authority.Fingerprint;

        _clock.Move(TimeSpan.FromDays(50));
        Assert.Equal(before, Thumbprint(authority));
        _clock.Move(TimeSpan.FromDays(15));

        Assert.NotEqual(before, Thumbprint(authority));
        Assert.Equal(fingerprint, Open().Fingerprint);
        Assert.Equal(Thumbprint(authority), Thumbprint(Open()));
    }

    [Fact]
    public void A_clock_that_jumps_by_years_changes_nothing_that_a_running_server_shows()
    {
        var authority = Open();
        var before = Thumbprint(authority);

        _clock.Move(TimeSpan.FromDays(12 * 365));
        Assert.Equal(before, Thumbprint(authority));
        _clock.Move(TimeSpan.FromDays(-30 * 365));
        Assert.Equal(before, Thumbprint(authority));
    }

    [Fact]
    public void The_authority_that_a_start_with_a_wrong_clock_replaced_comes_back_with_the_right_time()
    {
        var fingerprint = Open().Fingerprint;
        _clock.Move(TimeSpan.FromDays(12 * 365));
        var running = Open();
        Assert.NotEqual(fingerprint, running.Fingerprint);

        _clock.Move(TimeSpan.FromDays(-12 * 365));

        var shown = running.Current.TargetCertificate;
        Assert.InRange(_clock.GetUtcNow().UtcDateTime, shown.NotBefore.ToUniversalTime(), shown.NotAfter.ToUniversalTime());
        Assert.Equal(fingerprint, running.Fingerprint);
        Assert.Equal(fingerprint, Open().Fingerprint);
        Assert.Equal(Thumbprint(running), Thumbprint(Open()));
    }

    [Fact]
    public void The_last_certificate_ends_with_its_authority()
    {
        var authority = Open();
        using var ca = X509CertificateLoader.LoadCertificateFromFile(authority.AuthorityFile);

        _clock.Move(TimeSpan.FromDays(3600));

        Assert.Equal(ca.NotAfter, authority.Current.TargetCertificate.NotAfter);
        Assert.Equal(Thumbprint(authority), Thumbprint(authority));
    }

    [Fact]
    public void A_new_name_for_the_server_brings_a_new_certificate_under_the_same_authority()
    {
        var before = Open();
        var after = Open("field.example.org");

        Assert.NotEqual(Thumbprint(before), Thumbprint(after));
        Assert.Equal(before.Fingerprint, after.Fingerprint);
    }

    [Fact]
    public void Keys_are_readable_by_their_owner_only()
    {
        Open();

        Assert.All(
            Directory.EnumerateFiles(_folder.Path, "*.key"),
            key => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key)));
    }

    private LocalAuthority Open(params string[] names) => LocalAuthority.Open(_folder.Path, names, _clock);

    private static string Thumbprint(LocalAuthority authority) => authority.Current.TargetCertificate.Thumbprint;
}
