namespace Registry.Storage.Devices;

/// <summary>There is no room on the disk, or none within the quota. It may come back.</summary>
internal sealed class DiskFullException(string message, Exception? cause = null) : IOException(message, cause);
