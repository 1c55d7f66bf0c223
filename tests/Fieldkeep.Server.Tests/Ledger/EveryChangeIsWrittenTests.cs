using Fieldkeep.Backup;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Tests.Ledger.Walking;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Ledger;

/// <summary>
/// Goes through every operation of both documents that may change something, with success, while the database watches its tables: a
/// transaction that changes rows writes an entry of the ledger, or its tables are named here with the reason.
/// </summary>
public sealed class EveryChangeIsWrittenTests(TestCluster cluster) : IAsyncLifetime
{
    /// <summary>Where people reach the server.</summary>
    public static readonly Uri Home = new("https://data.example.org");

    private const string Reads = "it reads; the audit book tells of it";
    private const string SignsIn = "the access log tells of it";
    private const string Asks = "nothing is changed before it is answered";

    // Tables that are changed in transactions of their own.
    private static readonly Dictionary<string, string> WithoutEntry = new(StringComparer.Ordinal)
    {
        ["accounts.access_events"] = "it is a log itself, kept for a limited time, with pseudonyms",
        ["accounts.attempts"] = "counters of guesses, which time empties",
        ["accounts.factor_tries"] = "counters of guesses, which time empties",
        ["accounts.password_resets"] = "a letter was asked for; the new password writes an entry",
        ["accounts.sessions"] = "the access log tells who signed in and out; what they are good for is not changed",
        ["accounts.tickets"] = "a sign-in half done",
        ["mail.outbox"] = "letters on their way",
        ["accounts.totp_secrets"] = "a secret that is not in use until its first code, which writes an entry",
        ["accounts.accounts"] = "when somebody signed in last, and a password hashed anew at another cost",
        ["accounts.passkeys"] = "when a passkey was last used, and its count",
        ["accounts.app_users"] = "when a phone was last seen",
        ["witnesses.witnesses"] = "when a checkpoint was last sent, and how that went",
    };

    // Operations that keep nothing, or only what the access log and the audit book tell.
    private static readonly Dictionary<string, string> OperationsWithoutEntry = new(StringComparer.Ordinal)
    {
        ["api searchRows"] = Reads,
        ["api previewExport"] = Reads,
        ["api estimateAnonymity"] = Reads,
        ["api startExport"] = Reads,
        ["api cancelExport"] = Reads,
        ["v1 postExportCsvZip"] = Reads,
        ["v1 postExportCsv"] = Reads,
        ["v1 postExportCsvZipOfDraft"] = Reads,
        ["v1 postExportCsvOfDraft"] = Reads,
        ["api reportMemberImport"] = Reads,
        ["api readInvitation"] = Reads,
        ["api findPerson"] = Reads,
        ["api previewPseudonymisation"] = Reads,
        ["api previewRetention"] = Reads,
        ["api previewRecovery"] = Reads,
        ["api signIn"] = SignsIn,
        ["v1 createSession"] = SignsIn,
        ["api completeSignIn"] = SignsIn,
        ["api signInWithPasskey"] = SignsIn,
        ["v1 endSessionByToken"] = SignsIn,
        ["v1 endSession"] = SignsIn,
        ["api endOtherSessions"] = SignsIn,
        ["api endOneSession"] = SignsIn,
        ["api signOut"] = SignsIn,
        ["api confirmSession"] = SignsIn,
        ["api askPasskey"] = Asks,
        ["api askPasskeyToConfirm"] = Asks,
        ["api askNewPasskey"] = Asks,
        ["api beginTotp"] = Asks,
        ["api askPasswordReset"] = Asks,
        ["v1 askPasswordReset"] = Asks,
    };

    // Operations that this walk does not go through.
    private static readonly Dictionary<string, string> NotWalked = new(StringComparer.Ordinal)
    {
        ["api setUp"] = "happens once, before anybody can walk",
        ["api unlockByLetter"] = "needs ten wrong passwords; the same class does it as for unlockAccount",
        ["api completeExternalSignIn"] = "needs a provider; ExternalSignInTests look for its entry",
        ["api tryOutRestore"] = "needs a server that follows; ServeBackupTests look for its entry",
        ["v1 backUp"] = "is refused: there is a command for it",
        ["v1 clearSubmissionVersionFile"] = "is refused: earlier versions never change",
    };

    /// <summary>The operations that only read, though they are not asked with GET.</summary>
    internal static IReadOnlyList<string> Reading { get; } = [.. OperationsWithoutEntry.Where(one => one.Value == Reads).Select(one => one.Key)];

    // There is no backup: what is asked for fails later.
    private static AsideRestores Nothing { get; } = new(
        (_, _, _, _) => throw new BackupException(BackupTrouble.NoBackup, "there is no backup", "take one"),
        (_, _) => Task.FromResult(new RestorePlan("20261122T100000Z-1f2e3d4c", DateTimeOffset.UnixEpoch, null, null)));

    private readonly Postman _postman = new();
    private TestServer _server = new(cluster);

    /// <inheritdoc/>
    public ValueTask InitializeAsync()
    {
        // Resets are for servers whose letters go out and lead back.
        var smtp = new SmtpSettings { Host = "127.0.0.1", Port = _postman.Port, IsEncrypted = false };
        _server = new TestServer(cluster) { Configure = settings => settings with { PublicAddress = Home, Mail = new MailSettings { Smtp = smtp }, Aside = Nothing } };
        return _server.InitializeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _postman.DisposeAsync();
    }

    private static readonly string[] NotThere = ["Dataset", "Entit", "Entity", "ActorProperty", "updateAppUser", "linkDraftFile", "updatePublicLink"];

    [Fact]
    public async Task Every_change_of_every_operation_is_written_in_its_own_transaction()
    {
        var watch = new ChangesWatch(_server);
        await watch.BeginAsync();
        var walk = new Walk(_server, watch, _postman);
        var admin = await _server.OrganisationAdminAsync();
        var home = await admin.HomeAsync();
        await WalkSubmissions.RunAsync(walk, admin, home);
        await WalkPeople.RunAsync(walk, await _server.OrganisationAdminAsync(), home);

        await WalkSubmissions.EndAsync(walk, await _server.OrganisationAdminAsync());
        var unwritten = await watch.ListUnwrittenAsync();
        var operations = Operations.All.Where(one => !one.IsSafe && !NotThere.Any(one.Id.Contains)).Select(one => $"{one.Document} {one.Id}").ToHashSet(StringComparer.Ordinal);
        var wrong = new List<string>();
        wrong.AddRange(walk.Problems);
        wrong.AddRange(unwritten.Where(one => !WithoutEntry.ContainsKey(one.Changed)).Select(one => $"{one.What} changed without an entry."));
        wrong.AddRange(operations.Where(one => !walk.Done.Contains(one) && !NotWalked.ContainsKey(one)).Select(one => $"{one} was not walked."));
        wrong.AddRange(walk.Wrote.Where(one => !one.Value && !OperationsWithoutEntry.ContainsKey(one.Key)).Select(one => $"{one.Key} wrote no entry."));
        wrong.AddRange(WithoutEntry.Keys.Except(unwritten.Select(one => one.Changed)).Select(one => $"{one} is excused and needs no excuse."));
        wrong.AddRange(OperationsWithoutEntry.Keys.Where(one => walk.Wrote.GetValueOrDefault(one, true)).Select(one => $"{one} is excused and needs no excuse."));
        wrong.AddRange(NotWalked.Keys.Where(one => walk.Done.Contains(one) || !operations.Contains(one)).Select(one => $"{one} is excused and needs no excuse."));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
