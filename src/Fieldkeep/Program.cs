using Fieldkeep.Cli;

return await CommandLine.RunAsync(args);
