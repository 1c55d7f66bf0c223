using Fieldkeep.Server.Kernel;

namespace Fieldkeep.Server.Access;

/// <summary>One role that one actor holds at one place.</summary>
/// <param name="Actor">Who holds it.</param>
/// <param name="Role">A role of <see cref="RolePermissions"/>.</param>
/// <param name="Scope">Where it holds, with everything below.</param>
internal sealed record Grant(ActorId Actor, string Role, Scope Scope);
