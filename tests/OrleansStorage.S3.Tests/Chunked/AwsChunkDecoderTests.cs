using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Chunked;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Signing;
using OrleansStorage.S3.Tests.Signing;
using Xunit;

namespace OrleansStorage.S3.Tests.Chunked;

public sealed class AwsChunkDecoderTests
{
    private const int DocumentedLength = 66_560;

    private static readonly string DocumentedBody =
        $"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n{new string('a', 65_536)}\r\n"
        + $"400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n{new string('a', 1024)}\r\n"
        + "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";

    private static readonly string DocumentedTrailerBody =
        $"10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n{new string('a', 65_536)}\r\n"
        + $"400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n{new string('a', 1024)}\r\n"
        + "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
        + "x-amz-checksum-crc32c:sOO8/Q==\r\n"
        + "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";

    [Fact]
    public async Task DocumentedChunks_AreVerified()
    {
        using var verifier = new ChunkVerifier(await DocumentedSeedAsync());

        var decoded = Decode(new AwsChunkDecoder(verifier, hasTrailer: false, DocumentedLength), DocumentedBody, _ => int.MaxValue);

        Assert.Equal(new string('a', DocumentedLength), decoded);
    }

    [Fact]
    public async Task DocumentedTrailer_IsVerified()
    {
        using var verifier = new ChunkVerifier(await DocumentedTrailerSeedAsync());
        var decoder = new AwsChunkDecoder(verifier, hasTrailer: true, DocumentedLength);

        var decoded = Decode(decoder, DocumentedTrailerBody, _ => int.MaxValue);

        Assert.Equal(new string('a', DocumentedLength), decoded);
        Assert.Equal(new KeyValuePair<string, string>("x-amz-checksum-crc32c", "sOO8/Q=="), Assert.Single(decoder.Trailer));
    }

    [Theory]
    [InlineData("ad80c730", "ad80c731")]
    [InlineData("00556", "10556")]
    [InlineData("b6c6ea", "b6c6eb")]
    [InlineData("\r\naaaa", "\r\nabaa")]
    [InlineData(";chunk-signature=0055", ";chunk-sig=0055")]
    public async Task ChangedChunk_BreaksTheChain(string original, string changed)
    {
        using var verifier = new ChunkVerifier(await DocumentedSeedAsync());
        var decoder = new AwsChunkDecoder(verifier, hasTrailer: false, DocumentedLength);

        Refused(S3ErrorCode.SignatureDoesNotMatch, decoder, ReplaceFirst(DocumentedBody, original, changed));
    }

    [Theory]
    [InlineData("sOO8/Q==", "sOO8/g==")]
    [InlineData("crc32c", "crc32d")]
    [InlineData("d81f", "d81e")]
    [InlineData("x-amz-trailer-signature:", "x-amz-trailer-signatura:")]
    public async Task ChangedTrailer_BreaksItsSignature(string original, string changed)
    {
        using var verifier = new ChunkVerifier(await DocumentedTrailerSeedAsync());
        var decoder = new AwsChunkDecoder(verifier, hasTrailer: true, DocumentedLength);

        Refused(S3ErrorCode.SignatureDoesNotMatch, decoder, ReplaceFirst(DocumentedTrailerBody, original, changed));
    }

    /// <summary>Goal: how the bytes are cut on their way does not matter. Method: random cuts, and every byte by itself.</summary>
    [Fact]
    public void RandomCuts_DecodeToTheSame()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var cutLines = 0;
        for (var round = 0; round < 300; round++)
        {
            var data = new StringBuilder();
            var body = new StringBuilder();
            for (var chunk = random.Next(5); chunk > 0; chunk--)
            {
                var piece = new string((char)('a' + random.Next(26)), random.Next(1, 40));
                data.Append(piece);
                body.Append(piece.Length.ToString(random.Next(2) == 0 ? "x" : "X4", null)).Append("\r\n").Append(piece).Append("\r\n");
            }

            body.Append("0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n");
            var decoder = new AwsChunkDecoder(null, hasTrailer: true, data.Length);
            var step = round % 3 == 0 ? 1 : 12;
            var decoded = Decode(decoder, body.ToString(), left =>
            {
                var take = random.Next(1, step + 1);
                cutLines += take < left ? 1 : 0;
                return take;
            });

            Assert.True(data.ToString() == decoded, $"seed {seed}, round {round}");
            Assert.Equal("AAAAAA==", Assert.Single(decoder.Trailer).Value);
        }

        Assert.True(cutLines > 1000, $"seed {seed}: {cutLines} cuts");
    }

    public static TheoryData<string, string> BrokenBodies => new()
    {
        { "zz\r\nabc\r\n0\r\n\r\n", "IncompleteBody" },
        { "-1\r\nabc\r\n0\r\n\r\n", "IncompleteBody" },
        { "3\r\nabcd\r\n0\r\n\r\n", "IncompleteBody" },
        { "4\r\nabcd\r\n0\r\n\r\n", "IncompleteBody" },
        { "2\r\nab\r\n0\r\n\r\n", "IncompleteBody" },
        { "3\r\nabc\r\n", "IncompleteBody" },
        { "3\r\nab", "IncompleteBody" },
        { "ffffffffffffffff\r\nabc", "IncompleteBody" },
        { "3\r\nabc\r\n0\r\nextra: line\r\n\r\n", "MalformedTrailerError" },
        { "3\r\nabc\r\n0\r\n\r\nmore", "MalformedTrailerError" },
        { new string('0', 600) + "3\r\nabc\r\n0\r\n\r\n", "IncompleteBody" },
    };

    [Theory]
    [MemberData(nameof(BrokenBodies))]
    public void BrokenCoding_IsRefused(string body, string code)
    {
        var decoder = new AwsChunkDecoder(null, hasTrailer: false, decodedLengthBytes: 3);

        var refusal = Assert.Throws<S3Exception>(() => Decode(decoder, body, _ => int.MaxValue));

        Assert.Equal(code, refusal.Error.Code);
    }

    private static Task<Authentication> DocumentedSeedAsync() => AwsExamples.VerifyAsync(
        "PUT",
        "/examplebucket/chunkObject.txt",
        Documented(
            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
            ("Content-Length", "66824")));

    private static Task<Authentication> DocumentedTrailerSeedAsync() => AwsExamples.VerifyAsync(
        "PUT",
        "/examplebucket/chunkObject.txt",
        Documented(
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
            ("x-amz-trailer", "x-amz-checksum-crc32c")));

    private static HeaderDictionary Documented(string names, string signature, params (string Name, string Value)[] others) =>
        AwsExamples.Headers(
            names,
            signature,
            [
                .. others, ("Host", "s3.amazonaws.com"), ("Content-Encoding", "aws-chunked"),
                ("x-amz-decoded-content-length", "66560"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ]);

    private static string Decode(AwsChunkDecoder decoder, string body, Func<int, int> nextCut)
    {
        var decoded = new StringBuilder();
        var input = Encoding.Latin1.GetBytes(body).AsSpan();
        while (!input.IsEmpty)
        {
            var piece = input[..Math.Min(input.Length, nextCut(input.Length))];
            var consumed = decoder.Decode(piece, out var data);
            Assert.InRange(consumed, 1, piece.Length);
            decoded.Append(Encoding.Latin1.GetString(data));
            input = input[consumed..];
        }

        decoder.Complete();
        return decoded.ToString();
    }

    private static void Refused(S3ErrorCode expected, AwsChunkDecoder decoder, string body)
    {
        var refusal = Assert.Throws<S3Exception>(() => Decode(decoder, body, _ => 5000));
        Assert.Equal(expected, refusal.Error);
    }

    private static string ReplaceFirst(string text, string original, string changed)
    {
        var at = text.IndexOf(original, StringComparison.Ordinal);
        Assert.True(at >= 0, "The example has no such text.");
        return string.Concat(text.AsSpan(0, at), changed, text.AsSpan(at + original.Length));
    }
}
