using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Vault.Files;

namespace Fieldkeep.Server.Health;

/// <summary>The machine that this server runs on, as alerts call it.</summary>
/// <param name="Name">The name that the host had when the data directory was first served, and some digits: a container's host has another name after each update.</param>
internal sealed record Machine(string Name)
{
    /// <summary>The file in the data directory that keeps the name: one line.</summary>
    public const string File = "machine";

    private const int MostLetters = 100;
    private const int Digits = 3;

    /// <summary>Reads the name; gives one the first time.</summary>
    public static Machine Of(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, File);
        if (System.IO.File.Exists(path) && System.IO.File.ReadAllText(path).Trim() is { Length: > 0 and <= 2 * MostLetters } name)
        {
            return new Machine(name);
        }

        var host = Environment.MachineName;
        var made = $"{host[..Math.Min(host.Length, MostLetters)]}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Digits))}";
        DurableFile.Replace(path, Encoding.UTF8.GetBytes(made + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return new Machine(made);
    }
}
