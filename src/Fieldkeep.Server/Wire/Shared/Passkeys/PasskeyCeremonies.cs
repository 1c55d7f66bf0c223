using System.Text.Json;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Fieldkeep.Server.Wire.Shared.Passkeys;

/// <summary>Asks authenticators our questions and checks their answers (WebAuthn), with ASP.NET Core Identity's own handler.</summary>
/// <remarks>
/// What the handler remembers of a question goes out as a sealed ticket, good once and for five minutes. A finger, face or PIN is always
/// asked for, so a passkey is two factors in one.
/// </remarks>
internal sealed class PasskeyCeremonies : IDisposable
{
    private const string Purpose = "passkey";

    private readonly PasskeyStore _store;
    private readonly Tickets _tickets;
    private readonly PublicAddress _address;
    private readonly UserManager<PasskeyPerson> _people;
    private readonly PasskeyHandler<PasskeyPerson> _handler;

    /// <summary>Sets the handler up over our own store.</summary>
    public PasskeyCeremonies(PasskeyStore store, Tickets tickets, PublicAddress address)
    {
        (_store, _tickets, _address) = (store, tickets, address);

        // The handler uses the store and nothing else of it.
        _people = new UserManager<PasskeyPerson>(
            store,
            Options.Create(new IdentityOptions()),
            new PasswordHasher<PasskeyPerson>(),
            [],
            [],
            new UpperInvariantLookupNormalizer(),
            new IdentityErrorDescriber(),
            NoServices.Instance,
            NullLogger<UserManager<PasskeyPerson>>.Instance);
        var options = new IdentityPasskeyOptions
        {
            ServerDomain = address.Configured?.Host,
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            ValidateOrigin = origin => ValueTask.FromResult(IsOurs(origin)),
        };
        _handler = new PasskeyHandler<PasskeyPerson>(_people, Options.Create(options));
    }

    /// <summary>Asks for a new passkey of an account.</summary>
    public async Task<PasskeyQuestion> AskForNewAsync(HttpContext http, Account account)
    {
        var handle = _store.HandleOf(account.Id);
        var person = new PasskeyUserEntity { Id = handle, Name = account.Email, DisplayName = account.DisplayName };
        var made = await _handler.MakeCreationOptionsAsync(person, http);
        return QuestionOf(made.CreationOptionsJson, new Asked(PasskeyUse.Register, account.Id.Value, Known(made.AttestationState)));
    }

    /// <summary>Checks a new passkey.</summary>
    /// <exception cref="ProblemException"><c>factor.ticket_refused</c>, <c>factor.passkey_unfit</c>.</exception>
    public async Task<ProvenPasskey> TakeNewAsync(HttpContext http, ActorId account, PasskeyAnswer? answer)
    {
        var asked = await TakeAsync(http, answer, PasskeyUse.Register, account);
        var result = await _handler.PerformAttestationAsync(new PasskeyAttestationContext
        {
            HttpContext = http,
            CredentialJson = JsonOf(answer),
            AttestationState = asked.State,
        });
        return result is { Succeeded: true, Passkey: { } passkey } && result.UserEntity?.Id == _store.HandleOf(account)
            ? Of(account, passkey)
            : throw FactorProblems.PasskeyUnfit();
    }

    /// <summary>Asks for a passkey: any of an account's, or, to sign in without a name, any that the person's device has for this server.</summary>
    public async Task<PasskeyQuestion> AskAsync(HttpContext http, PasskeyUse use, ActorId? account)
    {
        var person = account is { } id ? new PasskeyPerson(_store.HandleOf(id)) : null;
        var made = await _handler.MakeRequestOptionsAsync(person, http);
        return QuestionOf(made.RequestOptionsJson, new Asked(use, account?.Value, Known(made.AssertionState)));
    }

    /// <summary>Checks a passkey's answer.</summary>
    /// <param name="account">Whose it must be; null for whoever's it is.</param>
    /// <exception cref="ProblemException"><c>factor.ticket_refused</c>, <c>factor.passkey_refused</c>.</exception>
    public async Task<ProvenPasskey> TakeAsync(HttpContext http, PasskeyUse use, ActorId? account, PasskeyAnswer? answer)
    {
        var asked = await TakeAsync(http, answer, use, account);
        var result = await _handler.PerformAssertionAsync(new PasskeyAssertionContext
        {
            HttpContext = http,
            CredentialJson = JsonOf(answer),
            AssertionState = asked.State,
        });
        return result is { Succeeded: true, Passkey: { } passkey, User: { } person } && _store.AccountOf(person.Handle) is { } owner
            && (account is null || account == owner)
            ? Of(owner, passkey)
            : throw FactorProblems.PasskeyRefused();
    }

    /// <inheritdoc/>
    public void Dispose() => _people.Dispose();

    private async Task<Asked> TakeAsync(HttpContext http, PasskeyAnswer? answer, PasskeyUse use, ActorId? account)
    {
        var asked = await _tickets.TakeAsync<Asked>(Purpose, answer?.Ticket, http.RequestAborted);
        return asked.Use == use && asked.Account == account?.Value ? asked : throw FactorProblems.TicketRefused();
    }

    private PasskeyQuestion QuestionOf(string options, Asked asked)
    {
        var ticket = _tickets.Issue(Purpose, asked);
        return new PasskeyQuestion(ticket.Text, JsonSerializer.Deserialize<JsonElement>(options));
    }

    // The page that asked must be ours, not one that shows ours in a frame, whatever the request's own headers say.
    private bool IsOurs(PasskeyOriginValidationContext shown) =>
        !shown.CrossOrigin
        && Uri.TryCreate(shown.Origin, UriKind.Absolute, out var origin)
        && origin.GetLeftPart(UriPartial.Authority).Equals(
            new Uri(_address.Of(shown.HttpContext)).GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);

    private static string Known(string? state) => state ?? throw new InvalidOperationException("The handler remembers every question.");

    private static string JsonOf(PasskeyAnswer? answer) => answer?.Credential is { ValueKind: JsonValueKind.Object } json ? json.GetRawText() : "{}";

    private static ProvenPasskey Of(ActorId owner, UserPasskeyInfo passkey) => new(
        owner, passkey.CredentialId, passkey.PublicKey, passkey.SignCount, passkey.Transports ?? [], passkey.IsBackupEligible, passkey.IsBackedUp);

    private sealed record Asked(PasskeyUse Use, long? Account, string State);

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}

/// <summary>What a passkey is asked for; an answer to one question is none to another.</summary>
internal enum PasskeyUse
{
    /// <summary>To be registered.</summary>
    Register,

    /// <summary>To sign in without a password.</summary>
    SignIn,

    /// <summary>As the second step of a sign-in.</summary>
    SecondStep,

    /// <summary>To confirm that it is still the same person.</summary>
    Confirm,
}
