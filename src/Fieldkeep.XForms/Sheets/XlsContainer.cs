using System.Buffers.Binary;
using Fieldkeep.XForms.Diagnostics;

namespace Fieldkeep.XForms.Sheets;

/// <summary>
/// Checks the container of an .xls file ([MS-CFB], 2.2 to 2.5) before ExcelDataReader reads it: it believes the sizes written
/// there, and 13 KB of them made it allocate 6 GB.
/// </summary>
internal static class XlsContainer
{
    /// <summary>Largest file; the largest known .xls form has some 2 MiB, and reading a chain of sectors is quadratic.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const int HeaderBytes = 512;
    private const int FirstTableEntry = 76;
    private const int TableEntriesInHeader = 109;
    private const uint LastRegularSector = 0xFFFFFFFA;

    /// <summary>Requires sizes that fit the file.</summary>
    /// <exception cref="WorkbookException">They do not, or the file is too large.</exception>
    public static void Require(ReadOnlySpan<byte> file)
    {
        if (file.Length > MaxBytes)
        {
            throw new WorkbookException(
                DiagnosticCode.InputTooLarge,
                $"The .xls file is larger than {MaxBytes / (1024 * 1024)} MiB. Save it as .xlsx, and move long lists into attached CSV files.");
        }

        if (file.Length < HeaderBytes)
        {
            throw Damaged();
        }

        var sectorBits = BinaryPrimitives.ReadUInt16LittleEndian(file[30..]);
        var smallSectorBits = BinaryPrimitives.ReadUInt16LittleEndian(file[32..]);
        if (sectorBits is not (9 or 12) || smallSectorBits != 6)
        {
            throw Damaged();
        }

        RequireTables(file, 1 << sectorBits);
    }

    /// <summary>Requires as many sectors in the list of table sectors as the file can have, in a chain that ends.</summary>
    private static void RequireTables(ReadOnlySpan<byte> file, int sectorBytes)
    {
        var sectors = (file.Length / sectorBytes) + 1;
        var tables = CountRegular(file.Slice(FirstTableEntry, 4 * TableEntriesInHeader));
        var next = BinaryPrimitives.ReadUInt32LittleEndian(file[68..]);
        var lists = BinaryPrimitives.ReadUInt32LittleEndian(file[72..]);
        if (lists > sectors)
        {
            throw Damaged();
        }

        for (var i = 0u; i < lists && next <= LastRegularSector; i++)
        {
            var start = HeaderBytes + ((long)next * sectorBytes);
            if (start + sectorBytes > file.Length)
            {
                throw Damaged();
            }

            var list = file.Slice((int)start, sectorBytes);
            tables += CountRegular(list[..^4]);
            next = BinaryPrimitives.ReadUInt32LittleEndian(list[^4..]);
            if (tables > sectors)
            {
                throw Damaged();
            }
        }

        if (tables > sectors)
        {
            throw Damaged();
        }
    }

    private static int CountRegular(ReadOnlySpan<byte> entries)
    {
        var count = 0;
        for (var at = 0; at < entries.Length; at += 4)
        {
            count += BinaryPrimitives.ReadUInt32LittleEndian(entries[at..]) <= LastRegularSector ? 1 : 0;
        }

        return count;
    }

    private static WorkbookException Damaged() => new(
        DiagnosticCode.InputUnrecognised,
        "The .xls file is damaged: its table of contents does not fit its size. Save it again, best as .xlsx.");
}
