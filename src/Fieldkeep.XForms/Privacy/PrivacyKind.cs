namespace Fieldkeep.XForms.Privacy;

/// <summary>Says what kind of harm an answer can do once it is known outside the team.</summary>
public enum PrivacyKind
{
    /// <summary>Names one person by itself: name, telephone number, identity number, address, face, voice, signature.</summary>
    DirectIdentifier,

    /// <summary>Tells where somebody is or lives: a point, a village, a camp.</summary>
    Location,

    /// <summary>Narrows down who somebody is, together with others: age, sex, occupation, household.</summary>
    QuasiIdentifier,

    /// <summary>Health, treatment, pregnancy or disability.</summary>
    Health,

    /// <summary>Religion or belief.</summary>
    Religion,

    /// <summary>Ethnic group, tribe, clan or caste.</summary>
    Ethnicity,

    /// <summary>Sexuality, and sexual or gender-based violence.</summary>
    Sexuality,

    /// <summary>Children, and what happens to them.</summary>
    Children,

    /// <summary>Income, debts, spending and property.</summary>
    Finance,

    /// <summary>Words of the respondent or enumerator, which may hold anything.</summary>
    FreeText,

    /// <summary>What a phone adds by itself: its ids, its number, its place.</summary>
    Device,
}

/// <summary>Says how much harm is near; the graver, the greater.</summary>
public enum PrivacySeverity
{
    /// <summary>Worth knowing.</summary>
    Low,

    /// <summary>Look whether it is needed as it stands.</summary>
    Medium,

    /// <summary>Can hurt a person by itself: ask only what is needed, and decide who reads it.</summary>
    High,
}
