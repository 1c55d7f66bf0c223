using Fieldkeep.Server.Database.Servers;

namespace Fieldkeep.Server;

/// <summary>Another server serves the database, and this one may not beside it.</summary>
public sealed class ServedElsewhereException : Exception
{
    private ServedElsewhereException(string message)
        : base(message)
    {
    }

    /// <summary>Only one may.</summary>
    /// <param name="server">Its name, where it is known.</param>
    internal static ServedElsewhereException OnlyOne(string? server) =>
        new($"another server{Named(server)} uses this database: only one may, or several that are all started with the same --shared");

    /// <summary>The folder of another that serves is another one, or a copy.</summary>
    internal static ServedElsewhereException OtherFolder(string server) =>
        new($"another server{Named(server)} uses this database with another folder for keys and files: --shared must lead to the very same one");

    /// <summary>Another that serves is of an earlier version, and this one would change the database below it.</summary>
    internal static ServedElsewhereException Earlier(string server) =>
        new($"another server{Named(server)} of an earlier version uses this database, which this version has to change: stop all of that version first");

    /// <summary>The keys in the folder are older than those that a server on this database has seen.</summary>
    internal static ServedElsewhereException OlderKeyring(long own, NewestKeyring newest) => new(
        $"the keyring in --shared is of generation {own}, and the server {newest.Name} has seen {newest.KeyringGeneration}: this folder is a copy, or of a backup, and lacks keys. "
        + "Mount the right one. If this is all there is: fieldkeep servers forget, for each that has seen a later one and whose intake journal holds nothing (fieldkeep servers list)");

    private static string Named(string? server) => server is null ? "" : $", {server},";
}
