using System.Diagnostics.CodeAnalysis;
using Grpc.Core.Interceptors;
using Grpc.Core.Internal;

namespace Grpc.Core;

public abstract partial class ClientBase
{
    /// <summary>What a client hands on when it makes a changed copy of itself. Immutable, and opaque outside of this library.</summary>
    [SuppressMessage("Design", "CA1034:Nested types should not be visible", Justification = "The nesting is part of the contract.")]
    protected internal class ClientBaseConfiguration
    {
        private readonly CallInvoker _callInvoker;
        private readonly string? _host;

        internal ClientBaseConfiguration(CallInvoker callInvoker, string? host)
        {
            ArgumentNullException.ThrowIfNull(callInvoker);
            _callInvoker = callInvoker;
            _host = host;
        }

        internal CallInvoker CreateCallInvoker() => _host is null ? _callInvoker : _callInvoker.Intercept(new HostInterceptor(_host));

        internal ClientBaseConfiguration WithHost(string host)
        {
            ArgumentNullException.ThrowIfNull(host);
            return new ClientBaseConfiguration(_callInvoker, host);
        }
    }
}
