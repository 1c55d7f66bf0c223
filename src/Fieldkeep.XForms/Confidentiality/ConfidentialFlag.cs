namespace Fieldkeep.XForms.Confidentiality;

/// <summary>Marks a node beside its form, or says that one which follows from others is not confidential after all.</summary>
/// <param name="Path">Path of the node, such as <c>/data/group/question</c>; one the form lacks has no effect.</param>
/// <param name="Radius">Metres within which a point is shown displaced; null when none is shown.</param>
/// <param name="IsDeclassified">
/// Whether the node is not confidential, whatever the form says of it or it reads; a group or repeat then stops passing on
/// what is around it.
/// </param>
/// <param name="Reason">Why; null for a mark that needs no reason.</param>
public sealed record ConfidentialFlag(string Path, double? Radius, bool IsDeclassified, string? Reason);
