using Fieldkeep.Journal.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

// A test that kills a writer needs a process of its own to kill: this program is that one too. tests/chaos/journal-power-cut.mjs uses it as well.
return args switch
{
    [AppendingProcess.Command, var directory] => await AppendingProcess.RunAsync(directory, isSynced: true),
    [AppendingProcess.UnsyncedCommand, var directory] => await AppendingProcess.RunAsync(directory, isSynced: false),
    [AppendingProcess.ListCommand, var directory] => await AppendingProcess.ListAsync(directory),
    _ => await ConsoleRunner.Run(args),
};
