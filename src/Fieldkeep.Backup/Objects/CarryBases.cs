using System.Security.Cryptography;
using Fieldkeep.Backup.Store;

namespace Fieldkeep.Backup.Objects;

/// <summary>Carries base backups, the newest first: their sealed files as the manifest names them, the manifest last.</summary>
internal sealed class CarryBases(CarryPlace place)
{
    private const long MostManifestBytes = 32L << 20;

    private readonly HashSet<string> _carried = new(StringComparer.Ordinal);
    private Dictionary<string, List<PieceName>>? _there;

    /// <summary>Carries those that are new.</summary>
    /// <exception cref="IOException">The store or the disk refuses.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _there ??= await ListAsync(cancellationToken);
        place.TakeInRemoved();
        var heldUp = new HeldUp(place);
        foreach (var name in place.Names.Backups().Where(name => !_carried.Contains(name)).OrderDescending(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (await CarryAsync(name, _there, cancellationToken))
                {
                    _carried.Add(name);
                    place.LeaveOut($"backups/{name}", null);
                }
                else if (Directory.Exists(place.PathOf($"backups/{name}")))
                {
                    place.LeaveOut($"backups/{name}", $"the base backup {name} lacks a file, and is not carried");
                }
            }
            catch (BackupException damaged) when (damaged.Reason == BackupTrouble.Damaged)
            {
                // Its own checks tell what becomes of it.
                place.LeaveOut($"backups/{name}", $"the base backup {name} is not carried: {damaged.Message}");
                _carried.Add(name);
            }
            catch (Exception failed) when (heldUp.Takes(failed))
            {
                // It is tried again at the next look.
            }
        }

        heldUp.ThrowIfAny();
    }

    // False where a file of it is not there: the server removed it since it was listed, or somebody part of it.
    private async Task<bool> CarryAsync(string name, Dictionary<string, List<PieceName>> there, CancellationToken cancellationToken)
    {
        if (Small(name, BackupStore.ManifestName) is not { } clear || Small(name, BackupStore.SealedManifestName) is not { } sealedManifest)
        {
            return false;
        }

        var manifest = BackupManifest.Read(clear, $"backups/{name}/{BackupStore.ManifestName}");
        if (manifest.PgBackRest is not null)
        {
            throw BackupException.Damaged("pgBackRest took it, and an object store does not take its files");
        }

        foreach (var one in manifest.Files)
        {
            var piece = new PieceName($"{name}/{Path.GetFileName(one.Name)}", 0, one.Bytes, one.Sha256);
            if (one.Bytes == 0 || IsThere(piece, there))
            {
                continue;
            }

            await using var file = place.FindFile($"backups/{piece.File}");
            if (file is null)
            {
                return false;
            }

            if (file.Length != one.Bytes || await CarryPlace.HashAsync(file, 0, file.Length, cancellationToken) != one.Sha256)
            {
                throw BackupException.Damaged($"{one.Name} is not the file its manifest names");
            }

            await using var part = new PartOfFile(file, 0, one.Bytes);
            await place.PutAsync(piece.KeyIn(PieceName.Bases), part, one.Sha256, cancellationToken);
            Add(there, piece);
        }

        foreach (var (file, bytes) in new[] { (BackupStore.SealedManifestName, sealedManifest), (BackupStore.ManifestName, clear) })
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            var piece = new PieceName($"{name}/{file}", 0, bytes.Length, sha256);
            if (!IsThere(piece, there))
            {
                using var content = new MemoryStream(bytes, writable: false);
                await place.PutAsync(piece.KeyIn(PieceName.Bases), content, sha256, cancellationToken);
                Add(there, piece);
            }
        }

        return true;
    }

    private bool IsThere(PieceName piece, Dictionary<string, List<PieceName>> there)
    {
        var known = there.GetValueOrDefault(piece.File) ?? [];
        foreach (var other in known.Where(other => other with { Again = 1 } != piece))
        {
            place.Alarm($"{other.KeyIn(PieceName.Bases)} in the store is not what lies in the backup directory");
        }

        return known.Exists(other => other with { Again = 1 } == piece);
    }

    private byte[]? Small(string name, string file) => place.FindSmall($"backups/{name}/{file}", MostManifestBytes);

    private async Task<Dictionary<string, List<PieceName>>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, List<PieceName>>(StringComparer.Ordinal);
        var here = place.Names.Backups().ToHashSet(StringComparer.Ordinal);
        await foreach (var (piece, _) in place.ListPiecesAsync(PieceName.Bases, "", file => here.Contains(file.Split('/')[0]), cancellationToken))
        {
            Add(found, piece);
        }

        return found;
    }

    private static void Add(Dictionary<string, List<PieceName>> there, PieceName piece)
    {
        if (!there.TryGetValue(piece.File, out var pieces))
        {
            there[piece.File] = pieces = [];
        }

        pieces.Add(piece);
    }
}
