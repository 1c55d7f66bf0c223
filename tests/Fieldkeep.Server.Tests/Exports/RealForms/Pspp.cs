using System.Diagnostics;
using System.Text;
using Fieldkeep.Server.Tests.Support;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.RealForms;

/// <summary>Opens SPSS files with GNU PSPP, a program that shares nothing with ours.</summary>
internal static class Pspp
{
    private const string Program = "/usr/bin/pspp";

    /// <summary>Whether it is on this machine.</summary>
    public static bool IsHere => File.Exists(Program);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Opens files in one run and gives their rows as text: numbers plain, dates as mm/dd/yyyy, times as hh:mm:ss.</summary>
    public static async Task<IReadOnlyList<List<Dictionary<string, string>>>> ReadAsync(IReadOnlyList<byte[]> files)
    {
        var folder = Directory.CreateTempSubdirectory("fieldkeep-pspp-").FullName;
        try
        {
            var syntax = new StringBuilder();
            for (var at = 0; at < files.Count; at++)
            {
                await File.WriteAllBytesAsync(Path.Combine(folder, $"{at}.sav"), files[at], Token);
                syntax.AppendLine($"GET FILE='{at}.sav'.").AppendLine($"SAVE TRANSLATE /OUTFILE='{at}.csv' /TYPE=CSV /FIELDNAMES /CELLS=VALUES /REPLACE.");
            }

            await File.WriteAllTextAsync(Path.Combine(folder, "all.sps"), syntax.ToString(), Token);
            var said = await RunAsync(folder);
            var read = new List<List<Dictionary<string, string>>>();
            for (var at = 0; at < files.Count; at++)
            {
                var path = Path.Combine(folder, $"{at}.csv");
                Assert.True(File.Exists(path), $"PSPP did not open file {at}: {said}");
                read.Add((await File.ReadAllBytesAsync(path, Token)).ReadCsv());
            }

            Assert.True(said.Length == 0, $"PSPP complains: {said[..Math.Min(said.Length, 2000)]}");
            return read;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string folder)
    {
        var start = new ProcessStartInfo(Program, ["--no-statrc", "-o", "out.txt", "all.sps"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var run = Process.Start(start) ?? throw new InvalidOperationException("PSPP did not start.");
        var output = run.StandardOutput.ReadToEndAsync(Token);
        var errors = run.StandardError.ReadToEndAsync(Token);
        await run.WaitForExitAsync(Token);
        var listing = Path.Combine(folder, "out.txt");
        return await output + await errors + (File.Exists(listing) ? await File.ReadAllTextAsync(listing, Token) : "");
    }
}
