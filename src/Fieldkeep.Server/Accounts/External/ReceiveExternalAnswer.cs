using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Mail;
using Fieldkeep.Vault.Signatures;

namespace Fieldkeep.Server.Accounts.External;

/// <summary>Takes what the provider sent the browser back with, and asks the provider who it is.</summary>
internal sealed class ReceiveExternalAnswer(
    ProviderClient provider, ExternalAttempts attempts, AttemptLimits limits, MailLinks links, TimeProvider clock)
{
    /// <summary>Notes who came back; what follows is asked for by the page, in <see cref="CompleteExternalSignIn"/>.</summary>
    /// <exception cref="ProblemException">
    /// <c>external.none</c>, <c>external.unavailable</c>, <c>external.attempt_refused</c>, <c>external.answer_refused</c>,
    /// <c>session.too_many_attempts</c>.
    /// </exception>
    public async Task RunAsync(Actor caller, ExternalAnswer answer, string browser, CancellationToken cancellationToken)
    {
        var settings = provider.Settings;
        var attempt = await attempts.UseAsync(answer.State, browser, cancellationToken);
        if (attempt is not { Secrets: { Nonce: { } nonce, Verifier: { } verifier } })
        {
            limits.CountUnknownToken(caller.Address);
            throw ExternalProblems.AttemptRefused();
        }

        var found = await provider.DiscoverAsync(isAnew: false, cancellationToken);
        if (answer.Code is not { Length: > 0 } code || answer.Error is not null || (answer.Issuer ?? found.Issuer) != found.Issuer)
        {
            throw ExternalProblems.AnswerRefused();
        }

        var token = await provider.RedeemAsync(
            found.Token, code, verifier, links.Of(BeginExternalSignIn.CallbackPath), cancellationToken) ?? throw ExternalProblems.AnswerRefused();
        var payload = await OpenAsync(token, found, cancellationToken) ?? throw ExternalProblems.AnswerRefused();
        var person = IdToken.Check(payload, found.Issuer, settings.ClientId, nonce, clock.GetUtcNow()) ?? throw ExternalProblems.AnswerRefused();
        await attempts.AnswerAsync(attempt, found.Issuer, person, cancellationToken);
    }

    // A key we do not know may be a new one.
    private async Task<byte[]?> OpenAsync(string token, ProviderAnswers found, CancellationToken cancellationToken)
    {
        var opened = WebSignature.Open(token, found.Keys);
        return opened.State == SignatureState.KeyUnknown
            ? WebSignature.Open(token, (await provider.DiscoverAsync(isAnew: true, cancellationToken)).Keys).Payload
            : opened.Payload;
    }
}

/// <summary>What stands in the address that the provider sent the browser to.</summary>
/// <param name="Issuer">Who says so (RFC 9207); null when the provider does not tell.</param>
internal sealed record ExternalAnswer(string? Code, string State, string? Error, string? Issuer)
{
    /// <inheritdoc/>
    public override string ToString() => "ExternalAnswer";
}
