namespace Fieldkeep.XForms.Sheets;

/// <summary>Lists how large a workbook may be; the largest real form workbooks have some 5 MiB.</summary>
public static class WorkbookLimits
{
    /// <summary>Largest file in bytes.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Most parts in a zipped workbook.</summary>
    public const int MaxEntries = 10_000;

    /// <summary>Most bytes that all parts read together may inflate to.</summary>
    public const long MaxInflatedBytes = 256L * 1024 * 1024;

    /// <summary>Steepest inflation of one part, once it has inflated to <see cref="RatioFreeBytes"/>.</summary>
    public const int MaxRatio = 200;

    /// <summary>Inflated bytes of one part below which <see cref="MaxRatio"/> is not asked.</summary>
    public const int RatioFreeBytes = 8 * 1024 * 1024;

    /// <summary>Most cells with content in all sheets together.</summary>
    public const int MaxCells = 4_000_000;

    /// <summary>Most columns of a sheet, those of Excel.</summary>
    public const int MaxColumns = 16_384;

    /// <summary>Most rows of a sheet, those of Excel.</summary>
    public const int MaxRows = 1_048_576;

    /// <summary>
    /// Most inflated bytes between the ends of two tags. A cell of Excel has 131,068 at most; an XML reader holds all attributes
    /// of one tag at once.
    /// </summary>
    public const int MaxBytesWithoutTag = 1024 * 1024;

    /// <summary>Most characters of shared text in a zipped workbook.</summary>
    public const int MaxSharedCharacters = 64 * 1024 * 1024;
}
