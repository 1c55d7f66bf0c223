using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Sheets;

namespace Fieldkeep.Server.Organisations.People;

/// <summary>Reads a CSV file of people: name, e-mail, role, unit; the columns in any order, the headings in any case.</summary>
internal static class ImportSheet
{
    /// <summary>The most people in one file.</summary>
    public const int MostRows = 10_000;

    /// <summary>The largest file, in bytes.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private const int MostCellCharacters = 1_000;

    // Headings without blanks, hyphens and underscores, in lower case.
    private static readonly string[][] Headings =
    [
        ["name", "displayname", "nom", "nombre", "الاسم"],
        ["email", "mail", "emailaddress", "courriel", "correo", "البريدالإلكتروني"],
        ["role", "rôle", "rol", "الدور"],
        ["unit", "unitpath", "path", "unité", "unidad", "الوحدة"],
    ];

    /// <summary>Reads the file.</summary>
    /// <exception cref="ProblemException"><c>import.encoding</c>, <c>import.columns</c>, <c>import.too_many</c>.</exception>
    public static IReadOnlyList<ImportLine> Read(ReadOnlySpan<byte> file)
    {
        var lines = new List<ImportLine>();
        int[]? places = null;
        var number = 0;
        foreach (var record in CsvReader.Records(Decode(file)))
        {
            number++;
            if (Array.TrueForAll(record, cell => cell is null))
            {
                continue;
            }

            if (places is null)
            {
                places = PlacesOf(record);
                continue;
            }

            if (lines.Count == MostRows)
            {
                throw OrganisationProblems.ImportTooMany(MostRows);
            }

            lines.Add(new ImportLine(number, Cell(record, places[0]), Cell(record, places[1]), Cell(record, places[2]), Cell(record, places[3])));
        }

        return places is null ? throw OrganisationProblems.ImportColumns() : lines;
    }

    private static string Decode(ReadOnlySpan<byte> file)
    {
        var text = file.StartsWith(Encoding.UTF8.Preamble) ? file[Encoding.UTF8.Preamble.Length..] : file;
        try
        {
            var decoded = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
            return decoded.Contains('\0', StringComparison.Ordinal) ? throw OrganisationProblems.ImportEncoding() : decoded;
        }
        catch (DecoderFallbackException)
        {
            throw OrganisationProblems.ImportEncoding();
        }
    }

    private static int[] PlacesOf(string?[] headings)
    {
        int[] places = [-1, -1, -1, -1];
        for (var at = 0; at < headings.Length; at++)
        {
            var heading = string.Concat((headings[at] ?? "").Where(letter => letter is not (' ' or '-' or '_'))).ToLowerInvariant();
            if (Array.FindIndex(Headings, words => words.Contains(heading)) is >= 0 and var column)
            {
                places[column] = places[column] < 0 ? at : throw OrganisationProblems.ImportColumns();
            }
        }

        return places[0] >= 0 && places[1] >= 0 ? places : throw OrganisationProblems.ImportColumns();
    }

    private static string Cell(string?[] record, int at)
    {
        var cell = at >= 0 && at < record.Length ? record[at] ?? "" : "";
        return cell.Length <= MostCellCharacters ? cell : cell[..MostCellCharacters];
    }
}

/// <summary>One person of a file, as written there.</summary>
/// <param name="Line">Which record of the file, from 1, the headings counted.</param>
internal sealed record ImportLine(int Line, string Name, string Email, string Role, string Unit);

/// <summary>What becomes, or became, of one line.</summary>
internal enum ImportOutcome
{
    /// <summary>A letter goes to them.</summary>
    Invited,

    /// <summary>They are of the organisation already and are added to the unit, or get the role there.</summary>
    Added,

    /// <summary>They have all that already, or an invitation to it.</summary>
    Already,

    /// <summary>No name, or one that is too long.</summary>
    NameInvalid,

    /// <summary>No e-mail address.</summary>
    EmailInvalid,

    /// <summary>The same person and unit stand on a line above.</summary>
    Repeated,

    /// <summary>There is no such role here.</summary>
    RoleUnknown,

    /// <summary>There is no such unit here, or it is not the only one of this name.</summary>
    UnitUnknown,

    /// <summary>More than whoever imports may give there.</summary>
    Denied,
}

/// <summary>A line with what becomes of it.</summary>
internal sealed record ImportedLine(ImportLine Line, ImportOutcome Outcome)
{
    /// <summary>Whether the line must be mended.</summary>
    public bool IsFault => Outcome > ImportOutcome.Already;
}

/// <summary>What becomes of a file.</summary>
/// <param name="IsDone">Whether it was done: not on trial, and not when any line must be mended.</param>
internal sealed record ImportReport(bool IsDone, IReadOnlyList<ImportedLine> Lines);
