using Fieldkeep.Journal.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

// A test that kills a writer needs a process of its own to kill: this program is that one too.
return args switch
{
    [AppendingProcess.Command, var directory] => await AppendingProcess.RunAsync(directory),
    _ => await ConsoleRunner.Run(args),
};
