using System.Runtime.Versioning;

// Signals, owners of files, mounts and system calls, all by the names that they have on Linux.
[assembly: SupportedOSPlatform("linux")]
