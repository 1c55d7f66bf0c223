using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Rights.Terms;
using Fieldkeep.Server.SupportAccess;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Gives what tells a page who is signed in.</summary>
internal sealed class SessionView(
    Policy policy, OrganisationQueries organisations, AccountFactors factors, FactorDuty duty, CaseQueries cases, TextRows texts, TimeProvider clock)
{
    /// <summary>Shows a session to the one who holds its token.</summary>
    public async Task<SessionItem> OfAsync(Session session, string token, CancellationToken cancellationToken)
    {
        var organisation = await organisations.FindAsync(cancellationToken);
        var roles = await policy.RolesOfAsync(
            Actor.Anonymous(Door.Web, null) with { Id = session.Account, Kind = ActorKind.Account }, cancellationToken);
        var state = await factors.OfAsync(session.Account, cancellationToken);
        var due = await duty.DueAsync(session.Account, state.IsOn, session.FactorAskedAt, cancellationToken);
        var support = roles.Any(RolePermissions.IsSupport) ? await cases.ListOpenAsync(session.Account, cancellationToken) : [];
        return new SessionItem(
            new SessionAccount(session.Account.Value, session.Email, session.DisplayName, roles),
            SecretToken.CsrfOf(token),
            new OrganisationItem(organisation?.Name ?? ""),
            new SessionFactors(state.IsOn, due, due <= clock.GetUtcNow(), state.IsOn ? state.RecoveryCodesLeft : null, state.ResetDueAt),
            [.. support.Select(SessionSupport.Of)],
            await texts.ListDueAsync(session.Account, cancellationToken));
    }
}

/// <summary>Who is signed in.</summary>
/// <param name="SupportAccess">Under which support access the account may read others' data now; a page that shows any says so.</param>
/// <param name="TextsDue">Kinds of texts whose newest version the account has not agreed to.</param>
/// <param name="Csrf">What every request that changes something sends as <c>X-CSRF-Token</c>.</param>
internal sealed record SessionItem(SessionAccount Account, string Csrf, OrganisationItem Organisation, SessionFactors SecondFactor, IReadOnlyList<SessionSupport> SupportAccess, IReadOnlyList<string> TextsDue)
{
    /// <inheritdoc/>
    public override string ToString() => $"SessionItem {{ {Account.Id} }}";
}

/// <summary>The account that is signed in.</summary>
/// <param name="Roles">The names of the roles it holds anywhere.</param>
internal sealed record SessionAccount(long Id, string Email, string DisplayName, IReadOnlyList<string> Roles);

/// <summary>Whose server this is.</summary>
internal sealed record OrganisationItem(string Name);

/// <summary>The second factor of the account that is signed in.</summary>
/// <param name="IsOn">Whether it has one.</param>
/// <param name="DueAt">Until when it must have one; null when it has, or needs none.</param>
/// <param name="MustEnrol">Whether that time is over: this session may set one up, sign out, and nothing else.</param>
/// <param name="RecoveryCodesLeft">How many recovery codes are still good; null without a factor.</param>
/// <param name="ResetDueAt">When a reset that an administrator asked for takes the factors off; null when none waits.</param>
internal sealed record SessionFactors(bool IsOn, DateTimeOffset? DueAt, bool MustEnrol, int? RecoveryCodesLeft, DateTimeOffset? ResetDueAt);
