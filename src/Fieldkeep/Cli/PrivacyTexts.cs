using Fieldkeep.XForms.Privacy;

namespace Fieldkeep.Cli;

/// <summary>Says in English what a privacy check found.</summary>
internal static class PrivacyTexts
{
    private const int MostPaths = 5;

    /// <summary>Says what a question is about and why it is thought so.</summary>
    public static string Of(PrivacyFinding finding)
    {
        var reasons = finding.Reasons.Select(reason => reason.Source == PrivacySource.Type
            ? $"its type ({reason.Words})"
            : $"“{reason.Words}” in the {Of(reason.Source)}");
        var whose = finding.IsAboutStaff ? ", of the team" : "";
        return $"{string.Join(", ", finding.Topics.Select(Of))}{whose}: {string.Join(", ", reasons)}";
    }

    /// <summary>Says what the risk is and which questions make it.</summary>
    public static string Of(FormRiskFinding risk)
    {
        var more = risk.Paths.Count > MostPaths ? $" and {risk.Paths.Count - MostPaths} more" : "";
        return Of(risk.Risk) + (risk.Paths.Count == 0 ? "" : $" ({string.Join(", ", risk.Paths.Take(MostPaths))}{more})");
    }

    /// <summary>Says what to do, with the rows to write.</summary>
    public static string Of(PrivacyRemedy remedy)
    {
        var rows = remedy.Rows.Select(row => $"{row.Sheet}: {string.Join(" | ", row.Cells.Select(cell => $"{cell.Column} = {cell.Value}"))}");
        return Of(remedy.Kind) + (remedy.Rows.Count == 0 ? "" : $"\n        {string.Join("\n        ", rows)}");
    }

    private static string Of(PrivacySource source) => source switch
    {
        PrivacySource.Name => "name",
        PrivacySource.Label => "label",
        PrivacySource.Hint => "hint",
        PrivacySource.Choices => "choices",
        PrivacySource.Group => "group",
        _ => "type",
    };

    private static string Of(PrivacyTopic topic) => topic switch
    {
        PrivacyTopic.Name => "name of a person",
        PrivacyTopic.Phone => "telephone number",
        PrivacyTopic.Email => "e-mail address",
        PrivacyTopic.IdNumber => "number of one person",
        PrivacyTopic.IdDocument => "document of a person",
        PrivacyTopic.Address => "address",
        PrivacyTopic.Signature => "signature or fingerprint",
        PrivacyTopic.Photo => "picture of people",
        PrivacyTopic.Voice => "voice",
        PrivacyTopic.Gps => "exact place",
        PrivacyTopic.Place => "small place",
        PrivacyTopic.BirthDate => "date of birth",
        PrivacyTopic.HouseholdSize => "household",
        PrivacyTopic.MaritalStatus => "marital status",
        PrivacyTopic.Finance => "money",
        _ => topic.ToString().ToLowerInvariant(),
    };

    private static string Of(FormRisk risk) => risk switch
    {
        FormRisk.NoConsent => "people are asked, and no question asks whether they agree",
        FormRisk.PlaceAndName => "an exact place and a name stand in one submission",
        FormRisk.SensitiveAndName => "sensitive answers and a name stand in one submission",
        FormRisk.QuasiCombination => "these answers together can single out a person",
        FormRisk.PhotosOfPeople => "pictures show people",
        FormRisk.PhotosOfAnything => "pictures may show people; they do not say what they show",
        FormRisk.AuditLocation => "the audit log follows the phone's place",
        FormRisk.BackgroundLocation => "the phone records its place without being asked",
        FormRisk.BackgroundAudio => "the phone records sound without being asked",
        FormRisk.DeviceMetadata => "the phone adds its ids, its number or the name of its user",
        _ => "free text may hold names and places",
    };

    private static string Of(RemedyKind kind) => kind switch
    {
        RemedyKind.RemoveQuestion => "delete the question if nobody will use the answer",
        RemedyKind.MarkConfidential => "mark it confidential: only holders of the right see the answers",
        RemedyKind.DisplacePlace => "mark it confidential: others see the point displaced by up to so many metres",
        RemedyKind.CodeInstead => "ask for a code; keep the list of names elsewhere",
        RemedyKind.YearOfBirth => "ask for the year of birth only",
        RemedyKind.AgeGroups => "ask for a group of ages",
        RemedyKind.AreaInstead => "ask for an area instead of a point",
        RemedyKind.LargerPlace => "ask for a larger place, such as the district",
        RemedyKind.SelectInstead => "offer choices instead of free text",
        RemedyKind.RangesInstead => "offer ranges instead of an exact number",
        RemedyKind.MayNotSay => "let people not answer",
        RemedyKind.NoFaces => "say in the hint what must not be in the picture",
        RemedyKind.WriteInstead => "write the answer down instead of recording it",
        RemedyKind.HintNoNames => "say in the hint that no names are to be written",
        RemedyKind.AddConsent => "ask for consent first, and ask the rest only after a yes",
        RemedyKind.SplitForm => "put names and contacts in a form of their own, linked by a code",
        RemedyKind.DropMetadata => "delete these rows of metadata",
        RemedyKind.AuditWithoutPlace => "let the audit log no places: empty its parameters",
        RemedyKind.NoBackground => "ask openly, or not at all",
        _ => "encrypt submissions to a key the server does not have",
    };
}
