namespace Fieldkeep.XForms.Privacy;

/// <summary>Says where in a question a reason was found.</summary>
public enum PrivacySource
{
    /// <summary>The question's name.</summary>
    Name,

    /// <summary>Its label.</summary>
    Label,

    /// <summary>Its hint.</summary>
    Hint,

    /// <summary>The labels of its choices.</summary>
    Choices,

    /// <summary>Its type: a point, a signature, a recording.</summary>
    Type,

    /// <summary>The group it stands in.</summary>
    Group,
}

/// <summary>Says why a question was found.</summary>
/// <param name="Source">Where the reason stands.</param>
/// <param name="Words">The words that were known, as the word list has them; for a type, the type.</param>
/// <param name="Language">Code of the word list's language; null for a type.</param>
public sealed record PrivacyReason(PrivacySource Source, string Words, string? Language);

/// <summary>Tells of one question that identifies people or can harm them.</summary>
public sealed record PrivacyFinding
{
    /// <summary>Path of the question, such as <c>/data/person/name</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Name of the question.</summary>
    public required string Name { get; init; }

    /// <summary>What it is about, the surest first; never empty.</summary>
    public required IReadOnlyList<PrivacyTopic> Topics { get; init; }

    /// <summary>Which harm that is, in the order of the enumeration; never empty.</summary>
    public required IReadOnlyList<PrivacyKind> Kinds { get; init; }

    /// <summary>How much.</summary>
    public required PrivacySeverity Severity { get; init; }

    /// <summary>Whether it is about the team, such as the enumerator's name, and not about respondents.</summary>
    public required bool IsAboutStaff { get; init; }

    /// <summary>Why it was found; never empty.</summary>
    public required IReadOnlyList<PrivacyReason> Reasons { get; init; }

    /// <summary>What can be done, the most protecting first.</summary>
    public required IReadOnlyList<PrivacyRemedy> Remedies { get; init; }
}

/// <summary>Tells of a risk of the form as a whole.</summary>
/// <param name="Risk">Which risk.</param>
/// <param name="Severity">How much.</param>
/// <param name="Paths">Questions it comes from, in the form's order; empty when no question is to blame.</param>
/// <param name="Remedies">What can be done.</param>
public sealed record FormRiskFinding(
    FormRisk Risk, PrivacySeverity Severity, IReadOnlyList<string> Paths, IReadOnlyList<PrivacyRemedy> Remedies);

/// <summary>Names the risks of a form as a whole.</summary>
public enum FormRisk
{
    /// <summary>People are asked, and no question asks whether they agree.</summary>
    NoConsent,

    /// <summary>A precise place and a name stand in one submission.</summary>
    PlaceAndName,

    /// <summary>Sensitive answers and a name stand in one submission.</summary>
    SensitiveAndName,

    /// <summary>Several answers narrow down together who somebody is.</summary>
    QuasiCombination,

    /// <summary>Pictures of people.</summary>
    PhotosOfPeople,

    /// <summary>Pictures that do not say what they show.</summary>
    PhotosOfAnything,

    /// <summary>The audit log follows the phone's place.</summary>
    AuditLocation,

    /// <summary>The phone records its place without being asked.</summary>
    BackgroundLocation,

    /// <summary>The phone records sound without being asked.</summary>
    BackgroundAudio,

    /// <summary>The phone adds its ids or numbers, or the name of its user.</summary>
    DeviceMetadata,

    /// <summary>Questions take free text.</summary>
    FreeText,
}
