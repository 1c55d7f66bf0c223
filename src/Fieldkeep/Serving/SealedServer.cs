using System.Net.Mime;
using Fieldkeep.Cli;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.Tls;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Fieldkeep.Serving;

/// <summary>
/// The server while nobody gave it the root key: it lives, says that it is sealed at every door in that door's own words, and holds no key and no data. Ends when
/// the keyring is open.
/// </summary>
internal sealed class SealedServer(OpenKeys keys, ControlSocket? control, ICertificateSource certificates, TimeProvider clock)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    /// <summary>Serves until the keyring is open.</summary>
    /// <param name="listen">Where the server will listen.</param>
    /// <param name="mayOpenByItself">Whether the provider is asked again now and then; not after somebody sealed by hand.</param>
    /// <param name="listening">Is told the port.</param>
    /// <param name="cancellationToken">Stops the server.</param>
    public async Task<(Keyring Keyring, string? By)> RunAsync(
        ListenAddresses listen, bool mayOpenByItself, Action<int> listening, CancellationToken cancellationToken)
    {
        await using var app = Build(listen);
        listening(await ServerHost.ListenAsync(app, listen, cancellationToken));
        var opened = new TaskCompletionSource<(Keyring Keyring, string? By)>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (control is not null)
        {
            var attempts = new UnsealAttempts(clock);
            control.Answer = (request, token) => AnswerAsync(request, attempts, opened, token);
        }

        try
        {
            while (!opened.Task.IsCompleted)
            {
                using var look = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(opened.Task, Task.Delay(LookAgain, clock, look.Token));
                await look.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
                if (mayOpenByItself && !opened.Task.IsCompleted && keys.MayOpenByItself
                    && (await keys.TryAsync(cancellationToken)).Keyring is { } keyring && !opened.TrySetResult((keyring, null)))
                {
                    keyring.Dispose();
                }
            }

            return await opened.Task;
        }
        finally
        {
            if (control is not null)
            {
                control.Answer = ControlSocket.AnswerBusy;
            }

            // In order: whoever asks at this moment is still told that it is sealed.
            await app.StopAsync(CancellationToken.None);
        }
    }

    private WebApplication Build(ListenAddresses listen)
    {
        var app = ServerHost.CreateBuilder(listen, certificates).Build();
        app.UseMiddleware<SecurityHeaders>();
        app.Run(RefuseAsync);
        return app;
    }

    private static async Task RefuseAsync(HttpContext http)
    {
        var path = http.Request.Path;
        if (path == "/health/live")
        {
            // It lives; whoever balances between several servers learns by the word that this one can take nothing.
            await http.Response.WriteAsJsonAsync(new HealthItem("sealed"), http.RequestAborted);
        }
        else if (path == "/health/ready")
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await http.Response.WriteAsJsonAsync(new HealthItem("sealed"), http.RequestAborted);
        }
        else if (WantsPage(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = "60";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.ContentType = "text/html; charset=utf-8";
            await http.Response.WriteAsync(SealedPage.Text, http.RequestAborted);
        }
        else
        {
            await ProblemWriter.WriteAsync(http, new ProblemException(
                "server.sealed", 503, "The server is sealed: its operator has to open it first. Nothing is lost; what you have stays with you, try again later.")
            {
                RetryAfter = Retry,
            });
        }
    }

    private static bool WantsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase)
        && !request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) && !request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase);

    private async Task<ControlAnswer> AnswerAsync(
        ControlRequest request, UnsealAttempts attempts, TaskCompletionSource<(Keyring Keyring, string? By)> opened, CancellationToken cancellationToken)
    {
        const string State = "sealed";
        if (request.Do != "unseal")
        {
            return request.Do is "seal" or "state" ? new(request.Do == "state", State, "the server is sealed") : new(false, State, "that was no question");
        }

        if (attempts.Wait is { } wait)
        {
            return new(false, State, $"{attempts.Wrong} attempts were wrong; wait {Math.Ceiling(wait.TotalSeconds)} seconds and try again");
        }

        try
        {
            var keyring = await keys.WithAsync(request, cancellationToken);
            var by = request switch { { RecoveryKey: not null } => "recovery key", { Passphrase: not null } => "passphrase", _ => "provider" };
            if (!opened.TrySetResult((keyring, by)))
            {
                keyring.Dispose();
            }

            return new(true, "open", "the keys are open; the server is starting");
        }
        catch (VaultException problem)
        {
            if (OpenKeys.IsWrong(problem))
            {
                attempts.Count();
                Terminal.Tell($"{clock.GetUtcNow():u} somebody tried to unseal the server and gave something wrong ({problem.Reason}, attempt {attempts.Wrong})");
            }

            return new(false, State, problem.Message);
        }
    }
}
