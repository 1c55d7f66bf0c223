using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Serving;

/// <summary>What the server needs to know from the command line.</summary>
internal sealed record ServerSettings(string DataDirectory, string ConnectionString);

/// <summary>Stands where the server library's composition goes.</summary>
internal static class ServerStub
{
    public static WebApplicationBuilder AddFieldkeep(this WebApplicationBuilder builder, ServerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return builder;
    }

    public static WebApplication MapFieldkeep(this WebApplication app)
    {
        app.MapGet("/health", () => Results.Text("ok"));
        return app;
    }
}
