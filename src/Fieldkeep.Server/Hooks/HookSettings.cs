namespace Fieldkeep.Server.Hooks;

/// <summary>What the operator decided at the machine.</summary>
/// <param name="MayBePrivate">Whether webhooks may lead to this machine and to private networks.</param>
internal sealed record HookSettings(bool MayBePrivate);
