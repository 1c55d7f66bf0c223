using System.Net;
using System.Net.Mail;
using System.Text;

namespace Fieldkeep.Server.Mail;

/// <summary>Carries one letter to the SMTP server, or into the folder that stands for it while there is none.</summary>
/// <param name="settings">How letters leave this server.</param>
/// <param name="folder">Where <c>.eml</c> files go without an SMTP server.</param>
internal sealed class MailCarrier(MailSettings settings, string folder)
{
    private const int TimeoutMilliseconds = 30_000;

    /// <summary>Carries the letter.</summary>
    /// <param name="row">Names the letter; a letter sent twice after a crash has one Message-ID.</param>
    /// <exception cref="SmtpException">The server did not take it.</exception>
    /// <exception cref="IOException">The password file or the folder cannot be used.</exception>
    public Task CarryAsync(Guid row, WrittenLetter letter, CancellationToken cancellationToken) =>
        settings.Smtp is { } smtp ? SendAsync(smtp, row, letter, cancellationToken) : FileAsync(row, letter, cancellationToken);

    private async Task SendAsync(SmtpSettings smtp, Guid row, WrittenLetter letter, CancellationToken cancellationToken)
    {
        using var message = MessageOf(row, letter);
        using var client = new SmtpClient(smtp.Host, smtp.Port)
        {
            EnableSsl = smtp.IsEncrypted,
            Timeout = TimeoutMilliseconds,
            DeliveryFormat = Ascii.IsValid(letter.Recipient) ? SmtpDeliveryFormat.SevenBit : SmtpDeliveryFormat.International,
        };
        if (smtp.User is { } user)
        {
            var lines = smtp.PasswordFile is { } file ? File.ReadLinesAsync(file, cancellationToken) : null;
            var password = lines is null ? "" : await lines.FirstOrDefaultAsync(cancellationToken) ?? "";
            client.Credentials = new NetworkCredential(user, password);
        }

        // The client's own timeout is for calls that block.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeoutMilliseconds);
        await client.SendMailAsync(message, patience.Token);
    }

    // Written beside and moved, so that whoever looks into the folder finds whole letters only.
    private async Task FileAsync(Guid row, WrittenLetter letter, CancellationToken cancellationToken)
    {
        var desk = Directory.CreateDirectory(Path.Combine(folder, "writing"), UserOnly);
        using var message = MessageOf(row, letter);
        using var client = new SmtpClient
        {
            DeliveryMethod = SmtpDeliveryMethod.SpecifiedPickupDirectory,
            PickupDirectoryLocation = Directory.CreateDirectory(Path.Combine(desk.FullName, row.ToString("n")), UserOnly).FullName,
            DeliveryFormat = SmtpDeliveryFormat.International,
        };
        await client.SendMailAsync(message, cancellationToken);
        var written = Directory.GetFiles(client.PickupDirectoryLocation).Single();
        File.SetUnixFileMode(written, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.Move(written, Path.Combine(folder, $"{row:n}.eml"), overwrite: true);
        Directory.Delete(client.PickupDirectoryLocation, recursive: true);
    }

    private const UnixFileMode UserOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private MailMessage MessageOf(Guid row, WrittenLetter letter)
    {
        var from = new MailAddress(settings.From);
        var message = new MailMessage(from, MailAddresses.Require(letter.Recipient))
        {
            Subject = letter.Subject,
            SubjectEncoding = Encoding.UTF8,
            Body = letter.Body,
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = Ascii.IsValid(letter.Body) ? System.Net.Mime.TransferEncoding.SevenBit : System.Net.Mime.TransferEncoding.Base64,
            HeadersEncoding = Encoding.UTF8,
        };
        message.Headers["Message-ID"] = $"<{row:n}@{from.Host}>";
        message.Headers["Auto-Submitted"] = "auto-generated";
        message.Headers["Content-Language"] = letter.Language;
        return message;
    }
}
