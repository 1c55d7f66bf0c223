using System.CommandLine;
using Fieldkeep.Backup;
using Fieldkeep.Backup.Clusters;
using Fieldkeep.Journal;
using Fieldkeep.Server;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Vault;

namespace Fieldkeep.Cli;

/// <summary>Holds the commands of <c>fieldkeep</c> and turns what they throw into a sentence and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand(
            "Fieldkeep: field data collection that keeps data safe.\n\n"
            + "Settings come from flags, else from FIELDKEEP_* environment variables named in the help of each command.")
        {
            ServeCommand.Create(),
            SealCommands.CreateUnseal(),
            SealCommands.CreateSeal(),
            AdminCommand.Create(),
            XlsFormCommand.Create(),
            JournalCommand.Create(),
            KeysCommand.Create(),
            ServersCommand.Create(),
            BackupCommands.CreateBackup(),
            BackupCommands.CreateVerify(),
            BackupCommands.CreateRestore(),
            RecoverProjectCommand.Create(),
            RollbackCommand.Create(),
            VerifyCommand.Create(),
            AsOfCommand.Create(),
        };
        HelpWithExitCodes.Apply(root);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            Terminal.Fail(Sentence(parsed.Errors[0].Message), $"see: fieldkeep {NameOf(parsed.CommandResult.Command)}--help");
            return ExitCodes.Usage;
        }

        using var stop = new StopSignals();
        try
        {
            // The signals are ours: a command must be able to stop PostgreSQL before it ends.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                stop.Token);
        }
        catch (CommandException e)
        {
            Terminal.Fail(e.Message, e.Hint);
            return e.ExitCode;
        }
        catch (ProblemException e)
        {
            Terminal.Fail(Sentence(e.Message), $"the problem's code is {e.Code}");
            return ExitCodes.Refused;
        }
        catch (ClusterException e)
        {
            Terminal.Fail(e.Message, e.Hint);
            return ExitCodeOf(e.Reason);
        }
        catch (BackupException e)
        {
            Terminal.Fail(e.Message, e.Hint);
            return ExitCodeOf(e.Reason);
        }
        catch (SchemaException e)
        {
            Terminal.Fail(e.Message, e.Hint);
            return e.Reason == SchemaTrouble.Failed ? ExitCodes.MigrationFailed : ExitCodes.OtherVersion;
        }
        catch (JournalException e)
        {
            Terminal.Fail(
                Sentence(e.Message),
                e.Reason == JournalTrouble.Elsewhere
                    ? "mount its disk, or give the same --journal as before; --leave-old-journal begins anew, and what lies in the old one stays out of the database"
                    : "the intake journal lies in DATA/journal, or where --journal says; one server has it at a time");
            return e.Reason == JournalTrouble.InUse ? ExitCodes.DataDirectoryInUse : ExitCodes.FolderClosed;
        }
        catch (ServedElsewhereException e)
        {
            Terminal.Fail(e.Message, "stop the other one first; the lease of one that died with its machine runs out within 15 seconds, its connection within minutes where something between keeps it");
            return ExitCodes.ServedElsewhere;
        }
        catch (VaultException e)
        {
            Terminal.Fail(e.Message, "the keys lie in DATA/keys; a copy of them is in every backup, the root key is not");
            return ExitCodes.KeyUnusable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Terminal.Fail(e.Message, "check that the file or folder is there, that this user may use it, and that the disk is not full");
            return ExitCodes.FileTrouble;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            Terminal.Tell("stopped");
            return ExitCodes.Success;
        }
#pragma warning disable CA1031 // The outermost edge: what nobody answered is told whole and ends the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Terminal.Fail($"unexpected failure: {e.Message}", "please report it with the lines below");
            Terminal.Tell(e.ToString());
            return ExitCodes.Unexpected;
        }
    }

    private static int ExitCodeOf(ClusterTrouble trouble) => trouble switch
    {
        ClusterTrouble.NoBinaries => ExitCodes.NoPostgres,
        ClusterTrouble.DataDirectoryInUse => ExitCodes.DataDirectoryInUse,
        ClusterTrouble.FolderClosed => ExitCodes.FolderClosed,
        ClusterTrouble.DoesNotStart or ClusterTrouble.Unreachable => ExitCodes.DatabaseUnreachable,
        _ => ExitCodes.Unexpected,
    };

    private static int ExitCodeOf(BackupTrouble trouble) => trouble switch
    {
        BackupTrouble.WrongFolder => ExitCodes.BackupWrongFolder,
        BackupTrouble.InUse => ExitCodes.DataDirectoryInUse,
        BackupTrouble.NoBackup => ExitCodes.BackupAbsent,
        BackupTrouble.Damaged => ExitCodes.BackupDamaged,
        BackupTrouble.NoKey => ExitCodes.KeyUnusable,
        BackupTrouble.ToolFailed => ExitCodes.ToolFailed,
        _ => ExitCodes.Unexpected,
    };

    private static string Sentence(string message) => char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');

    private static string NameOf(Command command) =>
        command is RootCommand ? "" : string.Concat(command.Parents.OfType<Command>().Select(NameOf)) + command.Name + " ";
}
