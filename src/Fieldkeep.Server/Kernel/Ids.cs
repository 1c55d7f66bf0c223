namespace Fieldkeep.Server.Kernel;

/// <summary>Names anyone or anything that acts: a person, a phone, a public link.</summary>
internal readonly record struct ActorId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Names an organisation.</summary>
internal readonly record struct OrganisationId(long Value);

/// <summary>Names an organisation, branch or team.</summary>
internal readonly record struct UnitId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Names a deployment: one use of a form.</summary>
internal readonly record struct DeploymentId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Names an approval stage of a deployment; stays when stages are put in another order.</summary>
internal readonly record struct StageId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Names a project; small, because ODK Central's addresses carry it.</summary>
internal readonly record struct ProjectId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Names a form across its versions.</summary>
internal readonly record struct FormId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Names one version (draft or published) of a form.</summary>
internal readonly record struct FormVersionId(long Value);

/// <summary>Names a submission across its versions; the value is what envelopes are bound to.</summary>
internal readonly record struct SubmissionId(Guid Value);
