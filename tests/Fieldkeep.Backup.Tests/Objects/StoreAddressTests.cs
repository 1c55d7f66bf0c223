using Fieldkeep.Backup.Objects;
using Fieldkeep.Backup.Store;
using Xunit;

namespace Fieldkeep.Backup.Tests.Objects;

/// <summary>Which addresses of object stores are taken.</summary>
public sealed class StoreAddressTests
{
    [Theory]
    [InlineData("s3://bucket", "http://10.0.0.5:9000")]
    [InlineData("s3://bucket", "http://minio.example.org")]
    [InlineData("s3://bucket", "https://name:Zubaydah@minio.example.org")]
    [InlineData("s3://bucket", "https://minio.example.org/?key=Zubaydah")]
    [InlineData("s3://bucket", "ftp://minio.example.org")]
    [InlineData("s3://Zubaydah:key@bucket", null)]
    [InlineData("s3://bucket/../Zubaydah", null)]
    [InlineData("s3://bucket/a//b", null)]
    [InlineData("s3://", null)]
    [InlineData("/a/folder", null)]
    public void An_address_without_tls_with_secrets_or_with_strange_steps_is_refused_and_not_repeated(string address, string? endpoint)
    {
        var refused = Assert.Throws<BackupException>(() => ObjectStoreOptions.Read(address, endpoint, null, null));
        Assert.DoesNotContain("Zubaydah", refused.Message + refused.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://bucket/", "http://localhost:9000", "s3://bucket")]
    [InlineData("s3://bucket/fieldkeep/2026", "http://[::1]:9000", "s3://bucket/fieldkeep/2026")]
    [InlineData("s3://my.bucket", "https://minio.example.org", "s3://my.bucket")]
    public void An_address_with_tls_or_of_this_machine_is_taken(string address, string endpoint, string read) =>
        Assert.Equal(read, ObjectStoreOptions.Read(address, endpoint, "eu-central-1", "file").Address);

    [Fact]
    public void An_object_store_given_for_a_backup_directory_is_told_to_be_fetched_first()
    {
        var refused = Assert.Throws<BackupException>(() => BackupStore.Find("s3://name:Zubaydah@bucket"));
        Assert.Equal(BackupTrouble.WrongFolder, refused.Reason);
        Assert.Contains("fieldkeep backup fetch --from s3://", refused.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("Zubaydah", refused.Message + refused.Hint, StringComparison.Ordinal);
    }
}
