using Fieldkeep.Server.Database;

namespace Fieldkeep.Server.Accounts.Removal;

/// <summary>What the room holds about a person: <see cref="HeldOfPerson"/>. Sessions and the access log have sealed addresses and are read by themselves.</summary>
internal static class HeldOfAccount
{
    /// <summary>Each kind.</summary>
    public static readonly IReadOnlyList<HeldOfPerson> Kinds =
    [
        new("profile", """
            select json_build_object(
                'number', a.actor_id, 'name', r.display_name, 'email', a.email, 'emailSince', a.email_since, 'emailProvedAt', a.email_proved_at,
                'formerEmail', a.former_email, 'formerEmailUntil', a.former_email_until, 'language', a.language, 'createdAt', r.created_at,
                'lastSignInAt', a.last_login_at, 'passwordChangedAt', a.password_changed_at)::text
            from accounts.accounts a join accounts.actors r on r.id = a.actor_id where a.actor_id = @actor
            """),
        new("tokens", """
            select json_build_object(
                'kind', kind, 'name', name, 'scopes', scopes, 'projects', projects, 'networks', networks, 'createdAt', created_at, 'expiresAt', expires_at,
                'lastUsedAt', last_used_at, 'endedAt', ended_at)::text
            from accounts.access_tokens where actor_id = @actor order by id
            """),
        new("second-factors", """
            select json_build_object('kind', 'authenticator', 'name', null, 'since', activated_at, 'lastUsedAt', null)::text
            from accounts.totp_secrets where actor_id = @actor and activated_at is not null
            union all
            select json_build_object('kind', 'passkey', 'name', name, 'since', created_at, 'lastUsedAt', last_used_at)::text
            from accounts.passkeys where actor_id = @actor
            union all
            select json_build_object('kind', 'recovery code', 'name', null, 'since', made_at, 'lastUsedAt', used_at)::text
            from accounts.recovery_codes where actor_id = @actor
            """),
        new("other-sign-ins", """
            select json_build_object('provider', issuer, 'since', linked_at, 'lastUsedAt', last_used_at, 'endedAt', ended_at)::text
            from accounts.external_identities where actor_id = @actor order by id
            """),
        new("preferences", """
            select json_build_object('project', nullif(project_id, 0), 'name', name, 'value', value, 'updatedAt', updated_at)::text
            from accounts.preferences where actor_id = @actor order by project_id, name
            """),
        new("devices-and-links-made", """
            select json_build_object('kind', 'app user', 'name', r.display_name, 'project', u.project_id, 'createdAt', r.created_at, 'revokedAt', u.revoked_at)::text
            from accounts.app_users u join accounts.actors r on r.id = u.actor_id where u.created_by = @actor
            union all
            select json_build_object('kind', 'public link', 'name', r.display_name, 'project', l.project_id, 'createdAt', r.created_at, 'revokedAt', l.revoked_at)::text
            from accounts.public_links l join accounts.actors r on r.id = l.actor_id where l.created_by = @actor
            """),
    ];
}
