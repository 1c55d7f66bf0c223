using System.Globalization;

namespace Fieldkeep.Cli;

/// <summary>Lists the exit codes of the command line; a script may rely on them.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int Unexpected = 1;
    public const int Usage = 2;
    public const int FormHasErrors = 3;
    public const int FileTrouble = 4;
    public const int PortTaken = 10;
    public const int DataDirectoryInUse = 11;
    public const int NoPostgres = 12;
    public const int DatabaseUnreachable = 13;
    public const int FolderClosed = 14;
    public const int CertificateUnusable = 15;
    public const int Refused = 16;
    public const int ServedElsewhere = 17;
    public const int BackupWrongFolder = 20;
    public const int BackupAbsent = 21;
    public const int BackupDamaged = 22;
    public const int KeyUnusable = 23;
    public const int ToolFailed = 24;
    public const int RecoveryIncomplete = 25;
    public const int OtherVersion = 26;
    public const int MigrationFailed = 27;
    public const int SourceSuspect = 28;
    public const int LedgerBroken = 30;
    public const int LedgerUnverified = 31;

    private static readonly Dictionary<int, string> Meanings = new()
    {
        [Success] = "done",
        [Unexpected] = "unexpected failure: a bug or a broken machine",
        [Usage] = "the command line or a setting is wrong",
        [FormHasErrors] = "a form has errors",
        [FileTrouble] = "a file cannot be read or written",
        [PortTaken] = "the port is taken or may not be used",
        [DataDirectoryInUse] = "another Fieldkeep process uses the data directory",
        [NoPostgres] = "no PostgreSQL server programs were found",
        [DatabaseUnreachable] = "the database does not start or does not answer",
        [FolderClosed] = "a folder cannot be created, entered or written",
        [CertificateUnusable] = "the certificate cannot be used",
        [Refused] = "refused; the message says why",
        [ServedElsewhere] = "another Fieldkeep server uses the database",
        [BackupWrongFolder] = "a folder is missing, not empty, in the wrong place, or without room",
        [BackupAbsent] = "there is no such backup",
        [BackupDamaged] = "the backup, or the copy of the database, is damaged or incomplete",
        [KeyUnusable] = "a key is missing, wrong or cannot be used",
        [ToolFailed] = "a program of PostgreSQL, or pgBackRest, failed or is missing",
        [RecoveryIncomplete] = "the project was recovered, and something of it was missing; the report names it",
        [OtherVersion] = "the database is of another version than this program",
        [MigrationFailed] = "the database could not be brought to this version, and is as it was",
        [SourceSuspect] = "somebody has to look at what happened at the source of a distant copy; nothing that was fetched is lost",
        [LedgerBroken] = "the past was changed: the ledger, a checkpoint or a submission does not hold",
        [LedgerUnverified] = "nothing wrong was found, but not all could be verified",
    };

    /// <summary>The lines about exit codes for the help of one command.</summary>
    public static string Describe(params ReadOnlySpan<int> codes)
    {
        var lines = new List<string> { "Exit codes:" };
        foreach (var code in (ReadOnlySpan<int>)[Success, Unexpected, Usage, .. codes])
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"  {code,2}  {Meanings[code]}"));
        }

        return string.Join('\n', lines);
    }
}
