using System.CommandLine;
using Fieldkeep.Backup;
using Fieldkeep.Backup.Driven;
using Fieldkeep.Serving;

namespace Fieldkeep.Cli;

/// <summary>Reads who copies the database for base backups: the server itself, or pgBackRest.</summary>
internal static class BackupWith
{
    /// <summary>The option.</summary>
    public static readonly Option<string?> Option = new("--backup-with")
    {
        Description = "Who copies the database for the base backups: fieldkeep, or pgbackrest (2.45 or newer, to be installed), which copies only what changed, for databases "
            + "of more than some 50 GB. FIELDKEEP_BACKUP_WITH. Default: fieldkeep",
        HelpName = "PROGRAM",
    };

    private const string Own = "fieldkeep";

    /// <summary>Finds pgBackRest where it was asked for; null where the server copies by itself.</summary>
    /// <exception cref="CommandException">It was asked for and cannot be: something else was given that it does not go with, or it is missing or too old.</exception>
    public static async Task<PgBackRest?> FindAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!IsDriven(parsed))
        {
            return null;
        }

        try
        {
            return await PgBackRest.FindAsync($"{Option.Name} {PgBackRest.Program}", cancellationToken);
        }
        catch (BackupException unusable)
        {
            throw new CommandException(ExitCodes.Usage, unusable.Message, unusable.Hint);
        }
    }

    /// <summary>Whether pgBackRest was asked for.</summary>
    /// <exception cref="CommandException">It goes with nothing else that was given, or nobody knows the word.</exception>
    public static bool IsDriven(ParseResult parsed)
    {
        if (Settings.TextOf(parsed, Option) is not { } name || name == Own)
        {
            return false;
        }

        return name != PgBackRest.Program ? throw new CommandException(ExitCodes.Usage, $"“{name}” given for {Option.Name} is not known", $"give {Own} or {PgBackRest.Program}")
            : Settings.TextOf(parsed, Settings.Database) is not null ? throw Refuse(
                $"{Option.Name} {PgBackRest.Program} is for the server's own PostgreSQL, and {Settings.Database.Name} names another",
                "a database given with --database is backed up with its own tools: leave one of the two out")
            : Settings.TextOf(parsed, ServeOptions.Backup) == BackupHome.None ? throw Refuse(
                $"{Option.Name} {PgBackRest.Program} takes base backups, and {ServeOptions.Backup.Name} {BackupHome.None} wants none", "leave one of the two out")
            : Settings.TextOf(parsed, ServeOptions.BackupStore) is not null ? throw Refuse(
                $"what pgBackRest writes is not carried to an object store: {Option.Name} {PgBackRest.Program} and {ServeOptions.BackupStore.Name} do not go together",
                "leave one of the two out; a copy of the whole backup directory elsewhere is as good as it is")
            : true;
    }

    private static CommandException Refuse(string what, string hint) => new(ExitCodes.Usage, what, hint);
}
