using System.Diagnostics;
using OrleansStorage.Conformance.Node;
using OrleansStorage.Conformance.Tools;
using Xunit;

namespace OrleansStorage.Conformance.S3Tools;

/// <summary>Each case is a function of scripts/boto3_cases.py, in a bucket of its own.</summary>
[Collection(NodeCollection.Name)]
[Trait("Category", "Conformance")]
public sealed class Boto3Tests(NodeFixture node)
{
    [RequiresToolTheory("boto3")]
    [InlineData("presigned_get_and_put")]
    [InlineData("presigned_post_is_not_implemented")]
    [InlineData("multipart_out_of_order")]
    [InlineData("multipart_errors")]
    [InlineData("multipart_listing_and_abort")]
    [InlineData("managed_transfer")]
    [InlineData("copy_object")]
    [InlineData("copy_part_ranges")]
    [InlineData("conditional_writes")]
    [InlineData("conditional_reads")]
    [InlineData("ranged_reads")]
    [InlineData("listing_pages")]
    [InlineData("listing_v1")]
    [InlineData("unicode_keys")]
    [InlineData("metadata_and_headers")]
    [InlineData("checksums")]
    [InlineData("delete_objects")]
    [InlineData("error_codes")]
    [InlineData("post_with_the_content_type_of_curl")]
    [InlineData("expect_continue_on_one_connection")]
    [InlineData("bucket_lifecycle")]
    public async Task Case(string name)
    {
        var start = new ProcessStartInfo(Tool.Boto3.FindPath()!);
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "scripts", "boto3_cases.py"));
        start.ArgumentList.Add(name);
        start.ArgumentList.Add(node.NewBucketName("boto3"));
        ToolEnvironment.Clean(start);
        start.Environment["S3_ENDPOINT"] = node.S3.GetLeftPart(UriPartial.Authority);
        start.Environment["AWS_ACCESS_KEY_ID"] = node.Keys.Access;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = node.Keys.Secret;
        start.Environment["AWS_CONFIG_FILE"] = "/dev/null";
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";

        (await ToolRun.RunAsync(start)).MustSucceed();
    }
}
