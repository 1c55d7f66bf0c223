namespace Fieldkeep.XForms.Model;

/// <summary>Names a secondary instance of a form.</summary>
/// <param name="Id">Name used in <c>instance('…')</c>.</param>
/// <param name="Source">Address of its file, such as <c>jr://file/x.xml</c>; null when it is written in the form.</param>
public sealed record SecondaryInstance(string Id, string? Source);
