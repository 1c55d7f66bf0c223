namespace Fieldkeep.XForms.Privacy;

/// <summary>Says what an answer is about, as the word lists name it.</summary>
public enum PrivacyTopic
{
    /// <summary>Name of a person.</summary>
    Name,

    /// <summary>Telephone number.</summary>
    Phone,

    /// <summary>E-mail address.</summary>
    Email,

    /// <summary>Number or code that is one person's: identity card, patient, case, account.</summary>
    IdNumber,

    /// <summary>Picture or file of a document that names a person.</summary>
    IdDocument,

    /// <summary>Street and house.</summary>
    Address,

    /// <summary>Signature or fingerprint.</summary>
    Signature,

    /// <summary>Picture or film of people.</summary>
    Photo,

    /// <summary>Sound of somebody speaking.</summary>
    Voice,

    /// <summary>Point, line or area on the map.</summary>
    Gps,

    /// <summary>Village, camp, quarter or another small place.</summary>
    Place,

    /// <summary>Day or year of birth.</summary>
    BirthDate,

    /// <summary>Age.</summary>
    Age,

    /// <summary>Sex or gender.</summary>
    Sex,

    /// <summary>Education.</summary>
    Education,

    /// <summary>Work and place of work.</summary>
    Occupation,

    /// <summary>Size and make-up of the household.</summary>
    HouseholdSize,

    /// <summary>Marital status.</summary>
    MaritalStatus,

    /// <summary>Relationship to another person of the form.</summary>
    Relationship,

    /// <summary>Nationality or country of birth.</summary>
    Nationality,

    /// <summary>Whether somebody is a refugee, displaced or returned.</summary>
    Displacement,

    /// <summary>Language somebody speaks.</summary>
    Language,

    /// <summary>Health, treatment, pregnancy.</summary>
    Health,

    /// <summary>Disability.</summary>
    Disability,

    /// <summary>Religion or belief.</summary>
    Religion,

    /// <summary>Ethnic group, tribe, clan or caste.</summary>
    Ethnicity,

    /// <summary>Sexuality, and sexual or gender-based violence.</summary>
    Sexuality,

    /// <summary>Children without parents, at work or married.</summary>
    Children,

    /// <summary>Income, debts, spending, property.</summary>
    Finance,
}
