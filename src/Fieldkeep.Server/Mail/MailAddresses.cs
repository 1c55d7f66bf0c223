using System.Net.Mail;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Mail;

/// <summary>Tells addresses that letters can go to from texts that would smuggle in headers or further recipients.</summary>
internal static class MailAddresses
{
    // RFC 5321.
    private const int MostCharacters = 320;

    /// <summary>Tells whether a letter can go to an address.</summary>
    public static bool CanReach(string address) => Find(address) is not null;

    /// <summary>Gives the address as the mail library reads it.</summary>
    /// <exception cref="ProblemException"><c>mail.address_invalid</c>.</exception>
    public static MailAddress Require(string address) => Find(address) ?? throw Invalid();

    private static MailAddress? Find(string address) =>
        address.Length is > 0 and <= MostCharacters
        && !address.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter) || letter is ',' or ';' or '<' or '>' or '"' or '(' or ')')
        && MailAddress.TryCreate(address, out var known)
        && known.Address == address
            ? known
            : null;

    /// <summary>Tells whether a letter can go to an address.</summary>
    public static bool IsAddress(string address)
    {
        try
        {
            Require(address);
            return true;
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    private static ProblemException Invalid() =>
        new("mail.address_invalid", 422, "No letter can be sent to this address. Write it as name@example.org.") { CentralCode = 400.8m };
}
