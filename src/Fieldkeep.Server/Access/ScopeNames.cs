using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>Gives kinds of places and subjects the names they have in the database.</summary>
internal static class ScopeNames
{
    /// <summary>Gives the name of a kind of place.</summary>
    public static string Of(ScopeKind kind) => kind switch
    {
        ScopeKind.Installation => "installation",
        ScopeKind.Account => "account",
        ScopeKind.Unit => "unit",
        ScopeKind.Project => "project",
        ScopeKind.Form => "form",
        ScopeKind.Deployment => "deployment",
        ScopeKind.Draft => "draft",
        _ => "stage",
    };

    /// <summary>Gives the kind of place of a name.</summary>
    public static ScopeKind KindOf(string name) => name switch
    {
        "installation" => ScopeKind.Installation,
        "unit" => ScopeKind.Unit,
        "project" => ScopeKind.Project,
        "form" => ScopeKind.Form,
        "deployment" => ScopeKind.Deployment,
        "stage" => ScopeKind.Stage,
        _ => throw new InvalidOperationException($"“{name}” is no kind of place."),
    };

    /// <summary>Gives the name of a kind of subject.</summary>
    public static string Of(SubjectKind kind) => kind switch
    {
        SubjectKind.Actor => "actor",
        SubjectKind.Unit => "unit",
        _ => "everyone",
    };

    /// <summary>Gives the kind of subject of a name.</summary>
    public static SubjectKind SubjectOf(string name) => name switch
    {
        "actor" => SubjectKind.Actor,
        "unit" => SubjectKind.Unit,
        "everyone" => SubjectKind.Everyone,
        _ => throw new InvalidOperationException($"“{name}” is no kind of subject."),
    };
}
