using Fieldkeep.Backup.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

// A test that kills a server needs a process of its own to kill: this program is that one too.
return args switch
{
    [HeldCluster.Command, var dataDirectory] => await HeldCluster.HoldAsync(dataDirectory),
    [BackupProcess.Command, var dataDirectory, var target, var how] => await BackupProcess.RunAsync(dataDirectory, target, how),
    [ReceiverProcess.Command, var dataDirectory, var target] => await ReceiverProcess.RunAsync(dataDirectory, target),
    [RestoreProcess.Command, var target, var restored, var to] => await RestoreProcess.RunAsync(target, restored, to),
    [FetchProcess.Command, var source, var copy] => await FetchProcess.RunAsync(source, copy),
    [Carrying.Command, var address, var endpoint, var credentials, var directory] => await Carrying.RunAsync(address, endpoint, credentials, directory),
    _ => await ConsoleRunner.Run(args),
};
