using Fieldkeep.Server.Access;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Tells a page beforehand what its reader may do, so that it offers nothing that would be refused.</summary>
internal static class Allowances
{
    /// <summary>Gives those of some permissions that are held.</summary>
    public static async Task<IReadOnlyList<Permission>> OfAsync(IEnumerable<Permission> asked, Func<Permission, Task<bool>> isHeld)
    {
        var held = new List<Permission>();
        foreach (var permission in asked)
        {
            if (await isHeld(permission))
            {
                held.Add(permission);
            }
        }

        return held;
    }
}
