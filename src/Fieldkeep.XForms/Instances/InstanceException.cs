namespace Fieldkeep.XForms.Instances;

/// <summary>Says why the XML a client sent is no instance that can be stored.</summary>
public enum InstanceFault
{
    /// <summary>It is not well-formed XML; a truncated file is not.</summary>
    NotXml,

    /// <summary>Its bytes do not fit its encoding, or the encoding is not UTF-8, UTF-16 or ISO-8859-1.</summary>
    BadEncoding,

    /// <summary>It declares a document type.</summary>
    Dtd,

    /// <summary>Elements are nested deeper than <see cref="InstanceReader.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>It has more elements, attributes or bytes than the limits of <see cref="InstanceReader"/>.</summary>
    TooLarge,

    /// <summary>It has no root element.</summary>
    NoRoot,

    /// <summary>Its root has neither an <c>id</c> nor a namespace.</summary>
    MissingFormId,

    /// <summary>It has no <c>meta/instanceID</c>.</summary>
    MissingInstanceId,

    /// <summary>It names more files than <see cref="InstanceReader.MaxFiles"/>.</summary>
    TooManyFiles,

    /// <summary>Its instanceID is longer than <see cref="InstanceReader.MaxInstanceIdLength"/> characters.</summary>
    InstanceIdTooLong,

    /// <summary>An answer to be written has a character that XML cannot hold.</summary>
    IllegalCharacter,

    /// <summary>An answer is to be written to a place that the form or the instance does not have.</summary>
    UnknownPath,
}

/// <summary>Refuses an instance. The message never repeats an answer.</summary>
public sealed class InstanceException(InstanceFault fault, string message, int position = -1) : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public InstanceFault Fault { get; } = fault;

    /// <summary>Byte it was found at, counted from 0 in UTF-8; -1 when it concerns the whole.</summary>
    public int Position { get; } = position;

    /// <summary>Stable word for the fault, such as <c>missing_instance_id</c>.</summary>
    public string Code => Fault switch
    {
        InstanceFault.NotXml => "not_xml",
        InstanceFault.BadEncoding => "bad_encoding",
        InstanceFault.Dtd => "dtd",
        InstanceFault.TooDeep => "too_deep",
        InstanceFault.TooLarge => "too_large",
        InstanceFault.NoRoot => "no_root",
        InstanceFault.MissingFormId => "missing_form_id",
        InstanceFault.MissingInstanceId => "missing_instance_id",
        InstanceFault.TooManyFiles => "too_many_files",
        InstanceFault.InstanceIdTooLong => "instance_id_too_long",
        InstanceFault.IllegalCharacter => "illegal_character",
        InstanceFault.UnknownPath => "unknown_path",
        _ => throw new InvalidOperationException($"Fault {Fault} has no code."),
    };
}
