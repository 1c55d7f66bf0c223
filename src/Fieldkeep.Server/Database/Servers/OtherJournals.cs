namespace Fieldkeep.Server.Database.Servers;

/// <summary>
/// Tells whether the journal of any other server may hold what the database lacks: then files and keys stay that only such a record may need. Of a server that is not
/// heard nobody knows, until it comes back or somebody says that it never will.
/// </summary>
internal sealed class OtherJournals(ServerRows servers, OwnServer own)
{
    /// <summary>Whether all of them are known to be empty.</summary>
    public async Task<bool> AreEmptyAsync(CancellationToken cancellationToken) =>
        (await servers.ListAsync(cancellationToken)).All(one => one.Name == own.Name || IsEmpty(one));

    /// <summary>Whether what is nowhere in the database may wait in another server's journal: always false in one that is alone.</summary>
    public async Task<bool> MayHaveAsync(CancellationToken cancellationToken) => own.IsOneOfSeveral && !await AreEmptyAsync(cancellationToken);

    private static bool IsEmpty(ServerRow server) =>
        server is { IsJournalKnown: true, JournalWaiting: 0, JournalSetAside: 0 } && (server.IsHeard || server.HasLeft);
}
