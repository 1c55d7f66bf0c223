namespace Fieldkeep.Server.Submissions.Confidential;

/// <summary>Says whether someone who reads a submission wants its confidential answers too.</summary>
internal enum ConfidentialWish
{
    /// <summary>No: they are left out, whoever asks.</summary>
    Masked,

    /// <summary>If they may be read, as programs do that know nothing of them.</summary>
    IfAllowed,

    /// <summary>Yes: who may not read them is refused.</summary>
    Demanded,
}
