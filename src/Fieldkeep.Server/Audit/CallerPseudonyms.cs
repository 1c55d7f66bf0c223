using System.Net;
using Fieldkeep.Server.Database;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Server.Audit;

/// <summary>
/// Stands in for network addresses: the same address has the same pseudonym on this installation, and without its keys
/// nobody can tell which it is.
/// </summary>
internal sealed class CallerPseudonyms(Db db, Keyring keyring)
{
    /// <summary>The length of a pseudonym, in bytes: a million addresses have no two alike.</summary>
    public const int Bytes = 12;

    private const int RowsAtOnce = 5_000;

    private const string Oldest = "select id from audit.events where id > @after and at < @until and caller is not null order by id limit 1";
    private const string Erase = """
        update audit.events set caller = null
        where caller is not null and at < @until and id between @first and @first + @rows - 1
        """;

    private long _after;

    /// <summary>Gives the pseudonym of an address; null when there is none.</summary>
    public byte[]? Of(string? address) =>
        IPAddress.TryParse(address, out var parsed)
            ? keyring.Pepper.Compute("audit.caller", PlainOf(parsed).GetAddressBytes())[..Bytes]
            : null;

    /// <summary>Takes the pseudonyms from lines older than <paramref name="until"/>, a part at a time.</summary>
    public async Task EraseAsync(DateTimeOffset until, CancellationToken cancellationToken)
    {
        while (await db.FindAsync<long?>(Oldest, new { after = _after, until }, cancellationToken) is { } first)
        {
            await db.ExecuteAsync(Erase, new { until, first, rows = RowsAtOnce }, cancellationToken);
            _after = first;
        }
    }

    /// <summary>Gives an address of IPv4 as such, also where it came as one of IPv6.</summary>
    public static IPAddress PlainOf(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
