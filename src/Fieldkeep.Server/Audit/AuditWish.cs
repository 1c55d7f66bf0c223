namespace Fieldkeep.Server.Audit;

/// <summary>Which lines of the audit book are wanted; null members leave everything in.</summary>
/// <param name="Actor">Only what this one did; 0 for the server itself and people who had not signed in.</param>
/// <param name="Action">Only this action.</param>
/// <param name="Kind">Only what was done to this kind of thing.</param>
/// <param name="Since">The first instant.</param>
/// <param name="Until">The first instant that is too late.</param>
internal sealed record AuditWish(long? Actor, string? Action, string? Kind, DateTimeOffset? Since, DateTimeOffset? Until);
