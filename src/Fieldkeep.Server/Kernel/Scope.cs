namespace Fieldkeep.Server.Kernel;

/// <summary>Says what kind of thing a grant covers.</summary>
internal enum ScopeKind
{
    /// <summary>The server itself: accounts, settings, backups. No organisation lies below it.</summary>
    Installation,

    /// <summary>One account.</summary>
    Account,

    /// <summary>An organisation, branch or team with all in it.</summary>
    Unit,

    /// <summary>One project with all in it.</summary>
    Project,

    /// <summary>One form with its submissions.</summary>
    Form,

    /// <summary>One use of a form, with its submissions.</summary>
    Deployment,

    /// <summary>One approval stage of a deployment.</summary>
    Stage,

    /// <summary>The draft of a form, with the submissions that test it. Nobody is given a role there.</summary>
    Draft,
}

/// <summary>A place a grant or a question of access is about.</summary>
/// <param name="Kind">What kind of place.</param>
/// <param name="Id">Its number; 0 for the installation.</param>
internal readonly record struct Scope(ScopeKind Kind, long Id)
{
    /// <summary>The server itself.</summary>
    public static Scope Installation => new(ScopeKind.Installation, 0);

    /// <summary>Gives the scope of a project.</summary>
    public static Scope Of(ProjectId project) => new(ScopeKind.Project, project.Value);

    /// <summary>Gives the scope of a form.</summary>
    public static Scope Of(FormId form) => new(ScopeKind.Form, form.Value);

    /// <summary>Gives the scope of an organisation, branch or team.</summary>
    public static Scope Of(UnitId unit) => new(ScopeKind.Unit, unit.Value);

    /// <summary>Gives the scope of one account.</summary>
    public static Scope OfAccount(ActorId account) => new(ScopeKind.Account, account.Value);

    /// <summary>Gives the scope of a deployment.</summary>
    public static Scope Of(DeploymentId deployment) => new(ScopeKind.Deployment, deployment.Value);

    /// <summary>Gives the scope of a stage.</summary>
    public static Scope Of(StageId stage) => new(ScopeKind.Stage, stage.Value);

    /// <summary>Gives the scope of a form's draft.</summary>
    public static Scope OfDraft(FormId form) => new(ScopeKind.Draft, form.Value);
}
