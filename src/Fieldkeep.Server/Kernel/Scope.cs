namespace Fieldkeep.Server.Kernel;

/// <summary>Says what kind of thing a grant covers.</summary>
internal enum ScopeKind
{
    /// <summary>Everything on this server.</summary>
    Installation,

    /// <summary>One project with all in it.</summary>
    Project,

    /// <summary>One form with its submissions.</summary>
    Form,
}

/// <summary>A place a grant or a question of access is about.</summary>
/// <param name="Kind">What kind of place.</param>
/// <param name="Id">Its number; 0 for the installation.</param>
internal readonly record struct Scope(ScopeKind Kind, long Id)
{
    /// <summary>Everything on this server.</summary>
    public static Scope Installation => new(ScopeKind.Installation, 0);

    /// <summary>Gives the scope of a project.</summary>
    public static Scope Of(ProjectId project) => new(ScopeKind.Project, project.Value);

    /// <summary>Gives the scope of a form.</summary>
    public static Scope Of(FormId form) => new(ScopeKind.Form, form.Value);
}
