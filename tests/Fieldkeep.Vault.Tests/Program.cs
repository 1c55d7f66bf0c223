using Fieldkeep.Vault.Tests.Keys;
using Xunit.Runner.InProc.SystemConsole;

// A test that kills a writer needs a process of its own to kill: this program is that one too.
return args is [KeyringWriter.Command, var directory, var count]
    ? KeyringWriter.Run(directory, count)
    : await ConsoleRunner.Run(args);
