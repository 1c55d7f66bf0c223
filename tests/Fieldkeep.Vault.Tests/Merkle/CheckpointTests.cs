using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fieldkeep.Vault.Keys;
using Fieldkeep.Vault.Merkle;
using Xunit;

namespace Fieldkeep.Vault.Tests.Merkle;

public sealed class CheckpointTests : IDisposable
{
    private static readonly string Vectors = Path.Combine(AppContext.BaseDirectory, "Vectors");

    private readonly ScratchDirectory _directory = new();
    private readonly SigningKey _key = NewKey();

    private string File => CheckpointFile.Below(_directory.Path);

    public void Dispose()
    {
        _key.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_signed_checkpoint_is_read_again_and_only_its_own_key_signed_it()
    {
        var checkpoint = Some(12);
        var read = SignedCheckpoint.Read(checkpoint.Sign(_key));

        Assert.NotNull(read);
        Assert.Equal(checkpoint.Text, read.Checkpoint.Text);
        Assert.Equal((checkpoint.Size, checkpoint.At), (read.Checkpoint.Size, read.Checkpoint.At));
        Assert.True(read.IsSignedBy(_key.PublicKey));
        using var other = NewKey();
        Assert.False(read.IsSignedBy(other.PublicKey));
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_a_checkpoint_is_refused()
    {
        var note = Encoding.UTF8.GetBytes(Some(12).Sign(_key));
        for (var at = 0; at < note.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var flipped = note.ToArray();
                flipped[at] ^= (byte)(1 << bit);
                var read = SignedCheckpoint.Read(Encoding.UTF8.GetString(flipped));
                Assert.False(read?.IsSignedBy(_key.PublicKey) ?? false, $"byte {at}, bit {bit}");
            }
        }
    }

    [Fact]
    public void Another_way_of_writing_the_same_checkpoint_is_refused()
    {
        var note = Some(12).Sign(_key);
        string[] others =
        [
            note + "\n", note.TrimEnd('\n'), " " + note, note.Replace("\n12\n", "\n012\n", StringComparison.Ordinal),
            note.Replace("\n12\n", "\n+12\n", StringComparison.Ordinal), note.Replace("\n", "\r\n", StringComparison.Ordinal),
            note.Replace("time ", "time  ", StringComparison.Ordinal), note.Replace("previous ", "previous 0", StringComparison.Ordinal),
            note.Replace("=\ntime", " =\ntime", StringComparison.Ordinal), note[..note.IndexOf("\n\n", StringComparison.Ordinal)], "",
        ];
        Assert.All(others, other => Assert.Null(SignedCheckpoint.Read(other)));
    }

    [Fact]
    public void The_file_gives_all_checkpoints_and_a_torn_one_is_passed_over()
    {
        string[] notes = [.. Enumerable.Range(1, 5).Select(size => Some(size).Sign(_key))];
        CheckpointFile.Append(File, notes[..2]);
        CheckpointFile.Append(File, notes[2..3]);
        foreach (var torn in new[] { 1, 30, 90, notes[3].IndexOf('—', StringComparison.Ordinal), notes[3].Length - 30, notes[3].Length - 1, notes[3].Length })
        {
            var whole = System.IO.File.ReadAllText(File);
            System.IO.File.WriteAllText(File, whole + notes[3][..torn]);
            // Without its last line feed it says all the same.
            var isWhole = torn >= notes[3].Length - 1;
            Assert.Equal(torn == notes[3].Length ? notes[3] : notes[2], CheckpointFile.FindLast(File)?.Note);

            CheckpointFile.Append(File, [notes[4]]);

            var read = CheckpointFile.Read(File, new FileInfo(File).Length).ToList();
            Assert.Equal(isWhole ? [.. notes] : [.. notes[..3], null, notes[4]], read.Select(one => one.Checkpoint?.Note));
            Assert.Equal(notes[4], CheckpointFile.FindLast(File)?.Note);
            System.IO.File.WriteAllText(File, whole);
        }

        Assert.Equal([1, 9, 17], CheckpointFile.Read(File, new FileInfo(File).Length).Select(one => one.Line));
        Assert.Null(CheckpointFile.FindLast(File + "-other"));
    }

    [Fact]
    public void All_is_as_in_the_vectors()
    {
        var vector = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(Vectors, "ledger.json")))!.AsObject(); // it is an object
        byte[][] leaves = [.. HashesOf(vector["leaves"])];
        byte[][] roots = [.. HashesOf(vector["roots"])];
        var tree = new MerkleFrontier();
        for (var n = 0; n <= leaves.Length; n++)
        {
            Assert.Equal(roots[n], tree.Root());
            tree.Append(n < leaves.Length ? leaves[n] : new byte[32]);
        }

        foreach (var proof in vector["inclusion"]!.AsArray()) // the file has it
        {
            var (index, size, path) = (Number(proof, "index"), Number(proof, "size"), HashesOf(proof!["path"]).ToList());
            Assert.True(MerkleProof.IsIncluded(leaves[index], index, size, path, roots[size]));
            Assert.Equal(path.Count, MerkleRange.OfInclusion(index, size).Count);
        }

        foreach (var proof in vector["consistency"]!.AsArray()) // as above
        {
            var (earlier, size, path) = (Number(proof, "earlier"), Number(proof, "size"), HashesOf(proof!["path"]).ToList());
            Assert.True(MerkleProof.IsConsistent(earlier, roots[earlier], size, roots[size], path));
            Assert.Equal(path.Count, MerkleRange.OfConsistency(earlier, size).Count);
        }

        var read = SignedCheckpoint.Read(Text(vector["checkpoint"], "note"));
        Assert.True(read?.IsSignedBy(Convert.FromBase64String(Text(vector["checkpoint"], "publicKey"))));
        Assert.Equal(roots[23], read?.Checkpoint.Root);
    }

    [Fact]
    public async Task A_second_implementation_in_JavaScript_agrees_on_the_vectors()
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Vectors, "ledger.mjs")]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var node = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        var said = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("ok leaf\nok roots\nok inclusion\nok consistency\nok note\nok signature\n", said);
    }

    private static Checkpoint Some(int size) => new(
        Checkpoint.OriginOf(Tests.Some.Uuid("installation")), size, Tests.Some.Hash($"root {size}"), Tests.Some.Day.AddMicroseconds(size), size - 1,
        Tests.Some.Hash($"root {size - 1}"));

    private static SigningKey NewKey()
    {
        using var secret = SigningKey.CreatePkcs8();
        return new SigningKey(KeyId.Create(), secret);
    }

    private static IEnumerable<byte[]> HashesOf(JsonNode? list) =>
        list!.AsArray().Select(hash => Convert.FromHexString(hash!.GetValue<string>())); // the file has it

    private static int Number(JsonNode? of, string name) => of![name]!.GetValue<int>(); // the file has it

    private static string Text(JsonNode? of, string name) => of![name]!.GetValue<string>().ToString(CultureInfo.InvariantCulture); // the file has it
}
