using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Kernel;

/// <summary>Registers lists whole: what a room adds to one of its lists cannot be forgotten where it is registered.</summary>
internal static class EachRegistered
{
    /// <summary>Adds each of them.</summary>
    public static IServiceCollection AddEach<T>(this IServiceCollection services, IEnumerable<T> all)
        where T : class
    {
        foreach (var one in all)
        {
            services.AddSingleton(one);
        }

        return services;
    }
}
