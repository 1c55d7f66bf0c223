using System.Text;

namespace Fieldkeep.Cli;

/// <summary>Gets the passphrase of the root key: from the file that a variable names, else from whoever sits at the terminal. Never from an argument.</summary>
internal static class Passphrase
{
    /// <summary>Names a file whose first line is the passphrase.</summary>
    public const string FileVariable = "FIELDKEEP_PASSPHRASE_FILE";

    private const int MostCharacters = 1024;

    /// <summary>Gets it; null when there is neither a file nor a terminal.</summary>
    /// <exception cref="CommandException">The file cannot be read.</exception>
    public static string? Ask() => Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } file ? ReadFile(file) : AskTerminal("Passphrase of the root key: ");

    /// <summary>Asks at the terminal, showing nothing of what is typed; null when there is none.</summary>
    public static string? AskTerminal(string question)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            return null;
        }

        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && typed.Length > 0)
            {
                typed.Length--;
            }
            else if (!char.IsControl(key.KeyChar) && typed.Length < MostCharacters)
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault() ?? "";
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCodes.FileTrouble, $"the passphrase file {path} cannot be read: {closed.Message}", $"see {FileVariable}");
        }
    }
}
