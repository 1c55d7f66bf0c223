using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Who made a request, and by which credentials.</summary>
/// <param name="Session">The session of a cookie or bearer token; null otherwise.</param>
/// <param name="Token">The session's token, from which the CSRF token is derived; null otherwise.</param>
/// <param name="Project">The one project of an app user or a public link; null otherwise.</param>
internal sealed record Caller(Actor Actor, Session? Session, string? Token, ProjectId? Project)
{
    /// <inheritdoc/>
    public override string ToString() => $"Caller {{ {Actor.Kind} {Actor.Id} }}";
}
