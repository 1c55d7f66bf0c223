namespace Fieldkeep.XForms.Tables;

#pragma warning disable CA1720 // what a cell holds has these names everywhere

/// <summary>Says what a cell holds.</summary>
public enum CellKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>Whole number.</summary>
    Integer,

    /// <summary>Number.</summary>
    Decimal,

    /// <summary>Calendar date, <c>yyyy-mm-dd</c>.</summary>
    Date,

    /// <summary>Time of day with the offset of the device.</summary>
    Time,

    /// <summary>Date and time with the offset of the device.</summary>
    DateTime,

    /// <summary>1 or 0.</summary>
    Flag,
}

#pragma warning restore CA1720

/// <summary>Writes the cells of rows one after the other, in some format.</summary>
public interface ICellWriter
{
    /// <summary>Writes an answer as it was given (UTF-8); empty when there is none. It may not be what its kind says.</summary>
    void Write(ReadOnlySpan<byte> answer, CellKind kind);

    /// <summary>Writes text made of two parts, such as an instance's id and the rest of a row's key.</summary>
    void Write(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second);

    /// <summary>Writes text; null and empty leave the cell empty.</summary>
    void Write(string? text);

    /// <summary>Writes a whole number.</summary>
    void Write(long number);

    /// <summary>Writes an instant.</summary>
    void Write(DateTimeOffset instant);

    /// <summary>Writes that there may be an answer which whoever reads this may not see.</summary>
    void WriteConfidential();

    /// <summary>Leaves cells empty.</summary>
    void Skip(int cells);

    /// <summary>Ends the row.</summary>
    void EndRow();
}
