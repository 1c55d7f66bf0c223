using System.Diagnostics;
using System.Globalization;
using Fieldkeep.Vault.Keys;

namespace Fieldkeep.Vault.Tests.Keys;

/// <summary>A second process that makes project after project and says each one once it is durable.</summary>
internal static class KeyringWriter
{
    public const string Command = "write-keyring";

    public static Process Start(string directory, int count)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        var start = new ProcessStartInfo(program, [Command, directory, count.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The writer did not start.");
    }

    /// <summary>Runs in the second process.</summary>
    public static int Run(string directory, string count)
    {
        using var keyring = Keyring.Open(KeyringFiles.Below(directory), TimeProvider.System);
        for (var n = int.Parse(count, CultureInfo.InvariantCulture); n > 0; n--)
        {
            var project = KeyId.Create().Value;
            keyring.CreateProjectKeys(project);
            Console.WriteLine(project);
        }

        return 0;
    }
}
