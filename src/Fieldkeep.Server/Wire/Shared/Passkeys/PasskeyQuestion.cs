using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Fieldkeep.Server.Wire.Shared.Passkeys;

/// <summary>A question to the browser's authenticators.</summary>
/// <param name="Ticket">Comes back with the answer, within five minutes.</param>
/// <param name="Options">For <c>PublicKeyCredential.parseCreationOptionsFromJSON</c> or <c>parseRequestOptionsFromJSON</c>.</param>
internal sealed record PasskeyQuestion(string Ticket, JsonElement Options)
{
    /// <inheritdoc/>
    public override string ToString() => "PasskeyQuestion";
}

/// <summary>An authenticator's answer.</summary>
/// <param name="Ticket">That of the question.</param>
/// <param name="Credential">What <c>PublicKeyCredential.toJSON()</c> gives.</param>
internal sealed record PasskeyAnswer([property: Required] string? Ticket, [property: Required] JsonElement Credential)
{
    /// <inheritdoc/>
    public override string ToString() => "PasskeyAnswer";
}
