using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Wire.Shared.Passkeys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Registers what all dialects share, and its place in the pipeline.</summary>
internal static class WireSharedModule
{
    /// <summary>Adds the parts; a <see cref="PublicAddress"/> given before is kept.</summary>
    public static IServiceCollection AddWireShared(this IServiceCollection services)
    {
        services.TryAddSingleton(new PublicAddress(null));

        // The framework's own request lines hold whole addresses, and in ODK's addresses are tokens.
        services.AddLogging(logging => logging
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.None));
        return services
            .PostConfigure<JsonOptions>(json => WireJson.SetUp(json.SerializerOptions))
            .AddSingleton<ActorResolver>()
            .AddSingleton<DeclaredActions>()
            .AddSingleton<RequestPace>()
            .AddSingleton<PasskeyStore>()
            .AddSingleton<PasskeyCeremonies>()
            .AddSingleton<ProjectFormCounts>()
            .AddSingleton<ProjectSubmissionCounts>()
            .AddSingleton<ProjectCounts>();
    }

    /// <summary>Puts log, headers and the seam for problems in front of all routes.</summary>
    public static IApplicationBuilder UseWireShared(this IApplicationBuilder app) => app
        .UseMiddleware<RequestLog>()
        .UseMiddleware<SecurityHeaders>()
        .UseMiddleware<ProblemSeam>()
        .UseMiddleware<ForkedDoors>();
}
