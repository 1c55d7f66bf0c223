using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Proofs;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers what lets people hold the server to its past: signed checkpoints, and the proof of a submission.</summary>
internal static class LedgerApi
{
    private const int MostCheckpoints = 500;
    private const int CheckpointsAtOnce = 50;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/ledger/checkpoints", ListAsync)
            .WithTags("Ledger")
            .Declare("listCheckpoints", "List the signed checkpoints of the ledger, newest first: keep one, and the past cannot be changed unseen");
        api.MapGet("/projects/{projectId:long}/forms/{formId}/submissions/{instanceId}/proof", ProveAsync)
            .WithTags("Ledger")
            .MayMeanDraft()
            .Declare("proveSubmission", "Prove that a submission's versions stand in the signed ledger since they came", Permission.SubmissionRead)
            .Refuses(404, "form.not_found", "submission.not_found");
    }

    // For everyone who is signed in: the more people keep checkpoints, the better; they say nothing but how much was done until when.
    private static async Task<CheckpointPage> ListAsync(
        Call call,
        [Description("Only those of fewer entries: the `next` of the page before."), Range(1, long.MaxValue)] long? before,
        [Description("Checkpoints at most. Default: 50."), Range(1, MostCheckpoints)] int? limit,
        Db db,
        Keyring keyring,
        SealDelay delay)
    {
        WhoAsks.RequirePerson(call.Actor);
        var most = limit ?? CheckpointsAtOnce;
        var rows = await Checkpoints.ListBeforeAsync(db, before ?? long.MaxValue, most, call.Aborted);
        return new CheckpointPage(
            Checkpoint.OriginOf(keyring.InstallationId),
            Convert.ToBase64String(keyring.LedgerSigningKey.PublicKey),
            [.. rows.Select(row => new CheckpointItem(row.Size, Convert.ToBase64String(row.Root), row.At, row.Note))],
            rows.Count == most ? rows[^1].Size : null,
            delay.HeldSince);
    }

    private static async Task<ProofItem> ProveAsync(FormCall call, string instanceId, ProveSubmission prove)
    {
        var proof = await prove.RunAsync(call.Actor, call.Project, new SubmissionPlace(call.FormId, call.IsDraft, instanceId), call.Aborted);
        FileAnswer.NameIt(call.Http, $"{instanceId}.proof.json");
        return ProofItem.Of(proof);
    }
}

/// <summary>A page of checkpoints.</summary>
/// <param name="Origin">Whose ledger: stands in every checkpoint's first line.</param>
/// <param name="PublicKey">The key that signs, base64 of DER SubjectPublicKeyInfo. Keep it with the checkpoints.</param>
/// <param name="Next">What to send as <c>before</c> for older ones; null when there are none.</param>
/// <param name="HeldSince">Since when new entries wait to be sealed because something keeps the server from it; null when all is well.</param>
internal sealed record CheckpointPage(
    string Origin, string PublicKey, IReadOnlyList<CheckpointItem> Items, long? Next, DateTimeOffset? HeldSince);

/// <summary>A signed checkpoint.</summary>
/// <param name="Size">Entries of the ledger.</param>
/// <param name="Root">The root of the tree over them, base64.</param>
/// <param name="At">When it was signed.</param>
/// <param name="Note">The checkpoint with its signature, as docs/formats/ledger.md lays it out: this is what to keep.</param>
internal sealed record CheckpointItem(long Size, string Root, DateTimeOffset At, string Note);

/// <summary>What proves a submission, as docs/formats/ledger.md lays it out.</summary>
/// <param name="Format"><c>fieldkeep-proof-1</c>.</param>
/// <param name="Origin">Whose ledger.</param>
/// <param name="PublicKey">The key that signed the checkpoint, base64 of DER SubjectPublicKeyInfo.</param>
/// <param name="Checkpoint">The signed note; null while nothing was sealed.</param>
/// <param name="Entries">One for each version that is told of; empty where it is not shown who sent what.</param>
internal sealed record ProofItem(string Format, string Origin, string PublicKey, string? Checkpoint, IReadOnlyList<ProvedEntryItem> Entries)
{
    /// <summary>Shows a proof.</summary>
    public static ProofItem Of(SubmissionProof proof) => new(
        "fieldkeep-proof-1",
        proof.Proofs.Origin,
        Convert.ToBase64String(proof.Proofs.PublicKey),
        proof.Proofs.Checkpoint,
        [.. proof.Entries.Select(entry => ProvedEntryItem.Of(entry, proof.Proofs.Of.GetValueOrDefault(entry.Id)))]);
}

/// <summary>An entry of the ledger with the texts that its leaf is made of.</summary>
/// <param name="At">Microseconds since 1970-01-01 UTC.</param>
/// <param name="Actor">The number of who did it.</param>
/// <param name="Door">How it came in.</param>
/// <param name="Action"><c>submission.create</c>, <c>submission.edit</c>, or <c>submission.recover</c> for one that came from a backup; <c>submission.rewrite</c> where its answers were masked or replaced since.</param>
/// <param name="Project">The project's number.</param>
/// <param name="SubjectKind"><c>submission</c>.</param>
/// <param name="SubjectId">The version's instance id.</param>
/// <param name="Row">What the sealed body is bound to.</param>
/// <param name="Body">The sealed body, base64.</param>
/// <param name="Leaf">The leaf, base64.</param>
/// <param name="LeafIndex">Which leaf, from 0; null while it waits to be sealed, a second or two.</param>
/// <param name="Path">The hashes beside the way to the root, from the leaf up, base64; null while it waits.</param>
internal sealed record ProvedEntryItem(
    string At,
    string Actor,
    string Door,
    string Action,
    string Project,
    string SubjectKind,
    string SubjectId,
    Guid Row,
    string Body,
    string Leaf,
    long? LeafIndex,
    IReadOnlyList<string>? Path)
{
    /// <summary>Shows an entry.</summary>
    public static ProvedEntryItem Of(EntryOfVersion entry, EntryProof? proof) => new(
        ((entry.At - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture),
        entry.Actor.ToString(CultureInfo.InvariantCulture),
        entry.Door,
        entry.Action,
        entry.Project.ToString(CultureInfo.InvariantCulture),
        entry.SubjectKind,
        entry.SubjectId,
        entry.Row,
        Convert.ToBase64String(entry.Body),
        Convert.ToBase64String(entry.Leaf),
        proof?.LeafIndex,
        proof is null ? null : [.. proof.Path.Select(hash => Convert.ToBase64String(hash))]);
}
