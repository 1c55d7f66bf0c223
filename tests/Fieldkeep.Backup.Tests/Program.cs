using Fieldkeep.Backup.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

// A test that kills a server needs a process of its own to kill: this program is that one too.
return args is [HeldCluster.Command, var dataDirectory]
    ? await HeldCluster.HoldAsync(dataDirectory)
    : await ConsoleRunner.Run(args);
