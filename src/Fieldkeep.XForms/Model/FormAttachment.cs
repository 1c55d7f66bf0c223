namespace Fieldkeep.XForms.Model;

/// <summary>Says what a file belonging to a form is used for.</summary>
public enum AttachmentKind
{
    /// <summary>Picture shown with a text.</summary>
    Image,

    /// <summary>Sound played with a text.</summary>
    Audio,

    /// <summary>Film played with a text.</summary>
    Video,

    /// <summary>Table or XML that the form reads values from.</summary>
    File,
}

/// <summary>Names a file that devices need beside the form.</summary>
public sealed record FormAttachment(string Name, AttachmentKind Kind);
