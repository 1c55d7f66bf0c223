using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Tests.Access;

/// <summary>How an address answers, as far as access is concerned.</summary>
internal enum MatrixOutcome
{
    /// <summary>The policy let it pass, whatever came then.</summary>
    Passes,

    /// <summary>403: may be seen and not be done.</summary>
    Denied,

    /// <summary>404: as if it were not there.</summary>
    Hidden,

    /// <summary>403 or 404: whichever, nothing is done or told.</summary>
    Refused,

    /// <summary>401.</summary>
    SignIn,
}

/// <summary>Where a role is tried.</summary>
internal enum MatrixPlace
{
    /// <summary>In the project where it is held, or on the server.</summary>
    Own,

    /// <summary>In another project.</summary>
    Other,

    /// <summary>In the project where it is held, in the trash.</summary>
    Trashed,
}

/// <summary>Someone who asks.</summary>
/// <param name="Name">The role, or who else it is.</param>
/// <param name="Role">A column of the table; empty for who holds none.</param>
/// <param name="Reach">Where the role is held: nowhere, in the project, in the home organisation, at the server, or in another organisation.</param>
internal sealed record MatrixSubject(string Name, string Role, MatrixReach Reach)
{
    /// <summary>The account; 0 for nobody.</summary>
    public ActorId Account { get; init; }

    /// <summary>The actions of their token; null for who signed in themselves.</summary>
    public IReadOnlySet<string>? Within { get; init; }

    /// <summary>They held the role until just now: they are asked about that place only.</summary>
    public bool IsFormer { get; init; }
}

/// <summary>Where a subject holds its role.</summary>
internal enum MatrixReach
{
    /// <summary>Nobody is signed in.</summary>
    Nobody,

    /// <summary>Signed in, with no role anywhere.</summary>
    Nowhere,

    /// <summary>In one project, and in its twin in the trash.</summary>
    Project,

    /// <summary>In a deployment of the form in one project, or at its stage, and in its twin in the trash.</summary>
    Deployment,

    /// <summary>In the home organisation.</summary>
    Home,

    /// <summary>At the server itself.</summary>
    Installation,

    /// <summary>In another organisation of the same server.</summary>
    Elsewhere,
}
