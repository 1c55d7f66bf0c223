using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.Server.Forms;

/// <summary>One version of a form, read and ready: what receiving, showing and exporting need of it.</summary>
/// <param name="Form">The form.</param>
/// <param name="VersionId">The version.</param>
/// <param name="Version">Its text, maybe empty.</param>
/// <param name="XForm">The form's model.</param>
/// <param name="AttachmentPaths">Which nodes of an instance name files.</param>
internal sealed record FormDefinition(
    FormId Form, FormVersionId VersionId, string Version, XForm XForm, AttachmentPaths AttachmentPaths)
{
    /// <summary>Which of its questions are confidential, by the form and by what was set beside it.</summary>
    public ConfidentialPlan Confidential { get; init; } = ConfidentialPlan.Empty;

    /// <summary>How many lines set beside the form have taken effect: versions are split by that number.</summary>
    public int ConfidentialNumber { get; init; }
}

/// <summary>A form as the submission door sees it: its state and where its versions are.</summary>
/// <param name="Id">Our number.</param>
/// <param name="XmlFormId">The id that phones use.</param>
/// <param name="State">What phones may do.</param>
/// <param name="Current">The current published version.</param>
/// <param name="Draft">The draft.</param>
/// <param name="Versions">Published versions by their text.</param>
internal sealed record CatalogueForm(
    FormId Id,
    string XmlFormId,
    FormState State,
    FormVersionId? Current,
    FormVersionId? Draft,
    IReadOnlyDictionary<string, FormVersionId> Versions);
