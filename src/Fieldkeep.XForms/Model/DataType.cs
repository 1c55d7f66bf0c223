namespace Fieldkeep.XForms.Model;

#pragma warning disable CA1720 // the words of the XForms specification are its type names

/// <summary>Says what a question's answer is, by its bind type and, for text, by its control.</summary>
public enum DataType
{
    /// <summary>Free text; also every bind type that the ODK specification does not know.</summary>
    String,

    /// <summary>Whole number.</summary>
    Int,

    /// <summary>Decimal number.</summary>
    Decimal,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>Calendar date, <c>yyyy-mm-dd</c>.</summary>
    Date,

    /// <summary>Time of day with the offset of the device.</summary>
    Time,

    /// <summary>Date and time with the offset of the device.</summary>
    DateTime,

    /// <summary>Point: latitude, longitude, altitude, accuracy, separated by spaces.</summary>
    Geopoint,

    /// <summary>Line of points separated by semicolons.</summary>
    Geotrace,

    /// <summary>Closed line of points separated by semicolons.</summary>
    Geoshape,

    /// <summary>Name of an attached file.</summary>
    Binary,

    /// <summary>Text of a scanned code.</summary>
    Barcode,

    /// <summary>Value of one choice.</summary>
    SelectOne,

    /// <summary>Values of several choices, separated by spaces.</summary>
    SelectMultiple,

    /// <summary>Values of all choices in the order given by the respondent, separated by spaces.</summary>
    Rank,
}

#pragma warning restore CA1720

/// <summary>Says how a question with choices is answered, whatever its bind type.</summary>
public enum SelectKind
{
    /// <summary>One choice.</summary>
    One,

    /// <summary>Any number of choices.</summary>
    Multiple,

    /// <summary>All choices, put in order.</summary>
    Rank,
}
