namespace Fieldkeep.XForms.Xml;

/// <summary>Says why an XForm cannot be used.</summary>
public enum XFormFault
{
    /// <summary>The text is not well-formed XML.</summary>
    NotXml,

    /// <summary>A document type is declared.</summary>
    Dtd,

    /// <summary>It is larger than <see cref="XFormReader.MaxBytes"/> or has too many nodes.</summary>
    TooLarge,

    /// <summary>Elements are nested deeper than <see cref="XFormReader.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>The outermost element is not <c>html</c>.</summary>
    WrongRoot,

    /// <summary>There is no <c>model</c> in the <c>head</c>.</summary>
    MissingModel,

    /// <summary>The model has no primary instance.</summary>
    MissingInstance,

    /// <summary>The primary instance has no form id.</summary>
    MissingFormId,
}

/// <summary>Refuses a text as an XForm. The message says what is wrong and repeats no long content.</summary>
public sealed class XFormException : Exception
{
    /// <summary>Creates the refusal; <paramref name="line"/> and <paramref name="column"/> count from 1, 0 is unknown.</summary>
    public XFormException(XFormFault fault, string message, int line = 0, int column = 0, Exception? inner = null)
        : base(line > 0 ? $"{message} (line {line}, position {column})" : message, inner)
    {
        Fault = fault;
        Line = line;
        Column = column;
    }

    /// <summary>What is wrong.</summary>
    public XFormFault Fault { get; }

    /// <summary>Line counted from 1; 0 when unknown.</summary>
    public int Line { get; }

    /// <summary>Position in the line counted from 1; 0 when unknown.</summary>
    public int Column { get; }
}
