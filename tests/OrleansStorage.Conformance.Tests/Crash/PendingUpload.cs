namespace OrleansStorage.Conformance.Crash;

/// <summary>An upload whose parts are all acknowledged, and whose end nobody has asked for.</summary>
internal sealed record PendingUpload(KeyHistory History, string UploadId, IReadOnlyList<string> ETags, ObjectState State);
