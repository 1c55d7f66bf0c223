using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.XForms.Xml;

namespace Fieldkeep.Server.Forms;

/// <summary>An XForm with the key that phones encrypt to.</summary>
/// <param name="Version">Its version, maybe empty.</param>
/// <param name="Key">Null when answers come in the clear.</param>
internal sealed record KeyedXForm(string Xml, string Version, FormKeyId? Key);

/// <summary>Gives forms the key that phones are to encrypt to: their own, else that of their project.</summary>
internal sealed class FormEncryption(FormKeys keys, TimeProvider clock)
{
    /// <summary>Gives the form its key in the caller's transaction, and keeps the project's keys as they are until the commit.</summary>
    /// <param name="publicKey">The key the form came with; null when it has none.</param>
    /// <exception cref="ProblemException"><c>form.public_key_too_long</c>.</exception>
    public async Task<KeyedXForm> ApplyAsync(
        Tx tx, Actor actor, ProjectRef project, KeyedXForm form, string? publicKey, CancellationToken cancellationToken)
    {
        await FormKeys.HoldAsync(tx, project.Id, cancellationToken);
        if (publicKey is not null)
        {
            var text = string.Concat(publicKey.Where(letter => !char.IsWhiteSpace(letter)));
            return text.Length > FormKeys.MostPublicKeyCharacters
                ? throw FormProblems.PublicKeyTooLong(FormKeys.MostPublicKeyCharacters)
                : form with { Key = await keys.EnsureAsync(tx, actor, project.Id, text, cancellationToken) };
        }

        return await keys.FindManagedAsync(tx, project, cancellationToken) is { } managed
            ? Enable(form, managed.Id, managed.PublicKey, Suffix())
            : form;
    }

    /// <summary>Gives a form without a key one, and a version that tells it from before.</summary>
    public static KeyedXForm Enable(KeyedXForm form, FormKeyId key, string publicKey, string suffix) =>
        new(XFormEncryption.Enable(form.Xml, publicKey, suffix), form.Version + suffix, key);

    /// <summary>
    /// Makes what follows the version of forms that were given a key, as ODK Central has it: the instant in milliseconds, in letters that
    /// may stand in an address.
    /// </summary>
    public string Suffix()
    {
        Span<byte> instant = stackalloc byte[sizeof(long)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(instant, clock.GetUtcNow().ToUnixTimeMilliseconds());
        return $"[encrypted:{System.Buffers.Text.Base64Url.EncodeToString(instant[2..])}]";
    }
}
