namespace Fieldkeep.Server.Wire.Shared.Passkeys;

/// <summary>An account as ASP.NET Core Identity's passkey handler knows it.</summary>
/// <param name="handle">What authenticators keep as the user's handle.</param>
internal sealed class PasskeyPerson(string handle)
{
    /// <summary>What authenticators keep as the user's handle.</summary>
    public string Handle { get; } = handle;
}
