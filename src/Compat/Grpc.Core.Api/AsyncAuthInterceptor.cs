namespace Grpc.Core;

/// <summary>Adds credentials to the headers of a call before it starts. May run for several calls at the same time.</summary>
/// <param name="context">What is known of the call.</param>
/// <param name="metadata">Takes the headers that are to be added.</param>
/// <returns>Ends when the headers are complete. When it fails, so does the call.</returns>
public delegate Task AsyncAuthInterceptor(AuthInterceptorContext context, Metadata metadata);
