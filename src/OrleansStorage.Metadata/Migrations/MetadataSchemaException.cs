namespace OrleansStorage.Metadata.Migrations;

/// <summary>The store's schema is newer than this program can open.</summary>
public sealed class MetadataSchemaException(long version, long minCompatibleVersion, long known) : MetadataException(
    $"The metadata store has schema version {version}, which needs a program that knows version "
    + $"{minCompatibleVersion} or later; this one knows {known}. Start the newer program, or restore a backup.")
{
    /// <inheritdoc/>
    public override bool IsTransient => false;
}
