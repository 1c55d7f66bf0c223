namespace Fieldkeep.Server.Health.Checks;

/// <summary>Looks how long phones and browsers will take the certificate.</summary>
/// <param name="settings">Tells when it ends.</param>
internal sealed class CertificateCheck(ServerSettings settings, TimeProvider clock) : ICheck
{
    // Those made here are renewed thirty days before; so are those of most programs that fetch them.
    private const int FewDays = 21;
    private const int VeryFewDays = 5;

    /// <inheritdoc/>
    public string Name => "certificate";

    /// <inheritdoc/>
    public TimeSpan Every => TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public Task<CheckOutcome> LookAsync(CancellationToken cancellationToken) => Task.FromResult(Judge(settings.CertificateEnds?.Invoke(), clock.GetUtcNow()));

    /// <summary>Judges a certificate's end; null when another program shows it.</summary>
    public static CheckOutcome Judge(DateTimeOffset? ends, DateTimeOffset now)
    {
        if (ends is not { } end)
        {
            return CheckOutcome.Ok("certificate.elsewhere");
        }

        var days = (int)Math.Floor((end - now).TotalDays);
        return days switch
        {
            < 0 => CheckOutcome.Failing("certificate.ended"),
            < VeryFewDays => CheckOutcome.Failing("certificate.ends", ("days", days)),
            < FewDays => CheckOutcome.Warning("certificate.ends", ("days", days)),
            _ => CheckOutcome.Ok("certificate.ok", ("days", days)),
        };
    }
}
